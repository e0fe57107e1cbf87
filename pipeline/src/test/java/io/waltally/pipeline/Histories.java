package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import io.waltally.schemas.cdc.Bso;
import io.waltally.schemas.cdc.BsoKey;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.UserCollectionRowKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.test.TestRecord;

/** Random histories of both applications, and what SQL says of their final rows. */
final class Histories {
    private static final List<String> BACKENDS = List.of("b1", "b2", "b3");

    private Histories() {}

    /** What the pipeline wrote. */
    interface Written {
        /** Every record of the topic so far, those of one key in their order. */
        <K, V> List<TestRecord<K, V>> written(Topic<K, V> topic);
    }

    /** What a consumer that read the whole topic has for each key. */
    static <K, V> Map<K, V> last(Written written, Topic<K, V> topic) {
        Map<K, V> last = new HashMap<>();
        written.written(topic).forEach(record -> {
            if (record.value() == null) {
                last.remove(record.key());
            } else {
                last.put(record.key(), record.value());
            }
        });
        return last;
    }

    static List<JsonNode> notifications(Written written, TopicCatalogue topics) {
        ObjectMapper mapper = new ObjectMapper();
        return written.written(topics.notifications()).stream()
                .map(record -> {
                    try {
                        return mapper.readTree(record.value());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }

    static void change(ObjectStoreModel store, Random random) {
        store.log.wait(Duration.ofMillis(random.nextInt(2_000)));
        List<String> objectKeys = store.objectKeys();
        String any = (random.nextBoolean() ? "photos/" : "docs/") + random.nextInt(8);
        String known = objectKeys.isEmpty() ? null : objectKeys.get(random.nextInt(objectKeys.size()));
        String backend = pick(BACKENDS, random);
        List<String> uploads = List.copyOf(store.uploads.keySet());
        List<Long> queued = List.copyOf(store.queue.keySet());
        switch (random.nextInt(16)) {
            case 0 -> store.backend(backend, random.nextInt(3) * 10_000L);
            case 1, 2, 3 -> store.put(any, backend, random.nextInt(1_000));
            case 4 -> store.startUpload(any, backend);
            case 5 -> store.enqueueCleanup(backend, any, random.nextInt(1_000));
            case 6 -> store.flushUsage(backend, "2026-1" + random.nextInt(3), 1, random.nextInt(9), 1);
            case 7 -> {
                if (random.nextInt(10) == 0) {
                    store.truncateObjects();
                } else if (store.limits.containsKey(backend)) {
                    store.removeBackend(backend);
                }
            }
            case 8, 9 -> {
                if (!uploads.isEmpty()) {
                    store.uploadPart(pick(uploads, random), 1 + random.nextInt(3), random.nextInt(500));
                }
            }
            case 10 -> {
                if (!uploads.isEmpty()) {
                    if (random.nextBoolean()) {
                        store.complete(pick(uploads, random));
                    } else {
                        store.abort(pick(uploads, random));
                    }
                }
            }
            case 11 -> {
                if (!queued.isEmpty()) {
                    if (random.nextBoolean()) {
                        store.finishCleanup(pick(queued, random));
                    } else {
                        store.exhaustCleanup(pick(queued, random));
                    }
                }
            }
            default -> {
                if (known != null) {
                    changeObject(store, known, backend, random);
                }
            }
        }
    }

    private static void changeObject(ObjectStoreModel store, String known, String backend, Random random) {
        switch (random.nextInt(5)) {
            case 0 -> store.replicate(known, backend);
            case 1 -> {
                List<String> on = store.copies(known).stream()
                        .map(ObjectLocation::getBackendName)
                        .toList();
                if (!on.contains(backend)) {
                    store.move(known, pick(on, random), backend);
                }
            }
            case 2 -> store.removeExcessCopy(known);
            case 3 -> store.encrypt(known);
            default -> {
                List<String> doomed = new ArrayList<>(store.objectKeys());
                java.util.Collections.shuffle(doomed, random);
                store.delete(doomed.subList(0, Math.min(doomed.size(), 1 + random.nextInt(3))));
            }
        }
    }

    static void change(SyncModel sync, Random random) {
        sync.log.wait(Duration.ofMinutes(random.nextInt(3)));
        long user = 1L + random.nextInt(3);
        int collection = List.of(3, 7, 101).get(random.nextInt(3));
        List<BsoKey> records = List.copyOf(sync.records.keySet());
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> {
                Map<String, String> payloads = new TreeMap<>();
                for (int i = random.nextInt(5); i >= 0; i--) {
                    payloads.put("r" + random.nextInt(20), "x".repeat(random.nextInt(300)));
                }
                sync.post(user, collection, payloads, ttl(random));
            }
            case 4 -> sync.deleteCollection(user, collection);
            case 5 -> {
                if (random.nextInt(5) == 0) {
                    sync.deleteStorage(user);
                }
            }
            case 6 -> sync.purge();
            default -> {
                if (!records.isEmpty()) {
                    BsoKey key = pick(records, random);
                    if (random.nextBoolean()) {
                        sync.changeTtl(key.getUserId(), key.getCollectionId(), key.getBsoId(), ttl(random));
                    } else {
                        sync.deleteRecord(key.getUserId(), key.getCollectionId(), key.getBsoId());
                    }
                }
            }
        }
    }

    private static Duration ttl(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> null;
            case 1 -> Duration.ofMinutes(35_000_000);
            case 2 -> Duration.ofHours(random.nextInt(72));
            default -> Duration.ofMinutes(random.nextInt(30));
        };
    }

    private static <T> T pick(List<T> from, Random random) {
        return from.get(random.nextInt(from.size()));
    }

    static void assertEqual(Written written, TopicCatalogue topics, ObjectStoreModel store) {
        Map<BackendKey, String> backends = new HashMap<>();
        store.limits.forEach((name, limit) -> {
            long used = 0;
            long objects = 0;
            for (ObjectLocation row : store.locations.values()) {
                if (row.getBackendName().equals(name)) {
                    used += row.getSizeBytes();
                    objects++;
                }
            }
            long orphan = Stream.concat(store.queue.values().stream(), store.deadLetters.values().stream())
                    .filter(row -> row.getBackendName().equals(name))
                    .mapToLong(row -> row.getSizeBytes())
                    .sum();
            long inflight = store.parts.values().stream()
                    .filter(part -> store.uploads
                            .get(part.getUploadId())
                            .getBackendName()
                            .equals(name))
                    .mapToLong(part -> part.getSizeBytes())
                    .sum();
            backends.put(new BackendKey(name), used + " " + objects + " " + orphan + " " + inflight + " " + limit);
        });
        Map<BackendKey, BackendQuota> quotas = last(written, topics.backendQuotas());
        assertThat(mapped(
                        quotas,
                        quota -> quota.getBytesUsed() + " " + quota.getObjectCount() + " " + quota.getOrphanBytes()
                                + " " + quota.getInflightBytes() + " " + quota.getBytesLimit()))
                .isEqualTo(backends);

        Map<BucketKey, String> buckets = store.objectKeys().stream()
                .collect(Collectors.groupingBy(
                        objectKey -> new BucketKey(objectKey.substring(0, objectKey.indexOf('/')))))
                .entrySet()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, bucket -> bucket(store, bucket.getValue())));
        Map<BucketKey, BucketUsage> usage = last(written, topics.bucketUsage());
        assertThat(mapped(
                        usage,
                        value -> value.getLogicalBytes() + " " + value.getStoredBytes() + " " + value.getObjectCount()
                                + " " + value.getCopyCount()))
                .isEqualTo(buckets);

        Map<BackendPeriodKey, String> periods = new HashMap<>();
        store.usage.forEach((key, row) -> periods.put(
                new BackendPeriodKey(key.getBackendName(), key.getPeriod()),
                row.getApiRequests() + " " + row.getEgressBytes() + " " + row.getIngressBytes()));
        Map<BackendPeriodKey, BackendUsage> used = last(written, topics.backendUsage());
        assertThat(mapped(
                        used,
                        value -> value.getApiRequests() + " " + value.getEgressBytes() + " " + value.getIngressBytes()))
                .isEqualTo(periods);
    }

    /** @param replicas under- and over-replicated objects, of buckets that have some */
    static void assertReplicas(Written written, TopicCatalogue topics, Map<BucketKey, String> replicas) {
        Map<BucketKey, String> counts = new HashMap<>(mapped(
                last(written, topics.bucketUsage()),
                value -> value.getUnderReplicated() + " under, " + value.getOverReplicated() + " over"));
        counts.values().removeIf("0 under, 0 over"::equals);
        assertThat(counts).isEqualTo(replicas);
    }

    static Instant later(Instant one, Instant other) {
        return one.isBefore(other) ? other : one;
    }

    private static String bucket(ObjectStoreModel store, List<String> objectKeys) {
        long logical = 0;
        long stored = 0;
        long copies = 0;
        for (String objectKey : objectKeys) {
            ObjectLocation first = null;
            for (ObjectLocation row : store.copies(objectKey)) {
                stored += row.getSizeBytes();
                copies++;
                if (first == null || isBefore(row, first)) {
                    first = row;
                }
            }
            logical += first.getPlaintextSize() == null ? first.getSizeBytes() : first.getPlaintextSize();
        }
        return logical + " " + stored + " " + objectKeys.size() + " " + copies;
    }

    private static boolean isBefore(ObjectLocation row, ObjectLocation other) {
        int order = Instant.parse((String) row.getCreatedAt()).compareTo(Instant.parse((String) other.getCreatedAt()));
        return order < 0 || (order == 0 && row.getBackendName().compareTo(other.getBackendName()) < 0);
    }

    static void assertEqual(Written written, TopicCatalogue topics, SyncModel sync, Instant now) {
        Map<UserCollectionKey, String> collections = new HashMap<>();
        Map<UserKey, long[]> users = new HashMap<>();
        for (UserCollectionRowKey key : sync.collections.keySet()) {
            long count = 0;
            long length = 0;
            for (BsoKey id : sync.recordsOf(key.getUserId(), key.getCollectionId())) {
                Bso row = sync.records.get(id);
                if (SyncModel.isUnexpired(row, now)) {
                    count++;
                    length += row.getPayload().length();
                }
            }
            String modified = (String) sync.collections.get(key).getModified();
            if (key.getCollectionId() != 0 && (count > 0 || !modified.equals(SyncModel.PRETOUCH))) {
                collections.put(
                        new UserCollectionKey(key.getUserId(), key.getCollectionId()),
                        sync.names.get(key.getCollectionId()) + " " + count + " " + length + " " + modified);
                long[] sums = users.computeIfAbsent(new UserKey(key.getUserId()), user -> new long[3]);
                sums[0] += count;
                sums[1] += length;
                sums[2]++;
            }
        }
        Map<UserCollectionKey, UserCollection> shown = last(written, topics.userCollections());
        assertThat(mapped(
                        shown,
                        value -> value.getCollection() + " " + value.getCount() + " " + value.getTotalBytes() + " "
                                + value.getModified()))
                .isEqualTo(collections);
        Map<UserKey, UserStorage> storage = last(written, topics.userStorage());
        assertThat(mapped(
                        storage,
                        value -> List.of(value.getCount(), value.getTotalBytes(), (long) value.getCollections())))
                .isEqualTo(mapped(users, sums -> List.of(sums[0], sums[1], sums[2])));
    }

    private static <K, V, W> Map<K, W> mapped(Map<K, V> map, java.util.function.Function<V, W> to) {
        return map.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> to.apply(entry.getValue())));
    }

    static List<String> notified(Written written, TopicCatalogue topics) {
        return notifications(written, topics).stream()
                .filter(event -> event.get("type").asText().startsWith("s3:"))
                .map(event -> event.get("type").asText() + " " + objectKey(event.get("data")))
                .toList();
    }

    private static String objectKey(JsonNode data) {
        return data.get("bucket").asText() + "/" + data.get("key").asText();
    }

    /** What happened to each object, in its order. */
    static Map<String, List<String>> byObject(List<String> notified) {
        return notified.stream().collect(Collectors.groupingBy(line -> line.substring(line.indexOf(' '))));
    }
}
