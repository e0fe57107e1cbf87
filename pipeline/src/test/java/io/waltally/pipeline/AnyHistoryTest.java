package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.schemas.Source;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the applications did, in whatever order topics are read, however often: the tallies are what SQL says of the
 * final rows, and each cause is notified once. {@code -Dwaltally.histories} is how many, {@code -Dwaltally.seed} the first.
 */
class AnyHistoryTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final List<String> BACKENDS = List.of("b1", "b2", "b3");

    static Stream<Long> seeds() {
        long first = Long.getLong("waltally.seed", System.nanoTime());
        return LongStream.range(first, first + Integer.getInteger("waltally.histories", 4))
                .boxed();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theObjectStoresTalliesEqualItsRows(long seed) {
        Random random = new Random(seed);
        try (PipelineDriver pipeline = new PipelineDriver(NOON)) {
            // Given
            ObjectStoreModel store = new ObjectStoreModel(pipeline.topics, NOON);
            for (int i = 0; i < 150; i++) {
                change(store, random);
            }
            // When: some of it is read twice
            List<CapturedLog.Entry<?, ?>> entries = store.log.entries();
            pipeline.readInterleaved(entries, random);
            pipeline.captured(store.log);
            pipeline.settle();
            // Then
            assertEqual(pipeline, store);
            assertThat(notified(pipeline)).containsExactlyInAnyOrderElementsOf(store.notified);
            assertThat(byObject(notified(pipeline))).isEqualTo(byObject(store.notified));
            // When
            pipeline.readInterleaved(entries, random);
            store.snapshot();
            pipeline.readInterleaved(
                    store.log
                            .entries()
                            .subList(entries.size(), store.log.entries().size()),
                    random);
            pipeline.captured(store.log);
            pipeline.settle();
            // Then
            assertEqual(pipeline, store);
            assertThat(notified(pipeline)).hasSameSizeAs(store.notified);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void syncstoragesTalliesEqualItsRows(long seed) {
        Random random = new Random(seed);
        try (PipelineDriver pipeline = new PipelineDriver(NOON)) {
            // Given
            SyncModel sync = new SyncModel(pipeline.topics, NOON);
            sync.name(7, "bookmarks");
            sync.name(3, "forms");
            int read = 0;
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 50; i++) {
                    change(sync, random);
                }
                // When
                List<CapturedLog.Entry<?, ?>> entries = sync.log.entries();
                pipeline.readInterleaved(entries.subList(read, entries.size()), random);
                pipeline.captured(sync.log, Source.SYNC);
                Instant between = sync.log.now().plusSeconds(30);
                if (between.isAfter(pipeline.wallClock())) {
                    pipeline.advanceTo(between);
                }
                pipeline.settle();
                // Then
                assertEqual(pipeline, sync, between);
                read = random.nextInt(entries.size());
            }
            // When
            pipeline.readInterleaved(sync.log.entries(), random);
            pipeline.settle();
            // Then
            assertEqual(pipeline, sync, sync.log.now().plusSeconds(30));
        }
    }

    private static void change(ObjectStoreModel store, Random random) {
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

    private static void change(SyncModel sync, Random random) {
        sync.log.wait(Duration.ofMinutes(random.nextInt(3)));
        long user = 1 + random.nextInt(3);
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
            case 1 -> Duration.ofSeconds(2_100_000_000);
            case 2 -> Duration.ofHours(random.nextInt(72));
            default -> Duration.ofMinutes(random.nextInt(30));
        };
    }

    private static <T> T pick(List<T> from, Random random) {
        return from.get(random.nextInt(from.size()));
    }

    private static void assertEqual(PipelineDriver pipeline, ObjectStoreModel store) {
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
        Map<BackendKey, BackendQuota> quotas = pipeline.last(pipeline.topics.backendQuotas());
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
        Map<BucketKey, BucketUsage> usage = pipeline.last(pipeline.topics.bucketUsage());
        assertThat(mapped(
                        usage,
                        value -> value.getLogicalBytes() + " " + value.getStoredBytes() + " " + value.getObjectCount()
                                + " " + value.getCopyCount()))
                .isEqualTo(buckets);

        Map<BackendPeriodKey, String> periods = new HashMap<>();
        store.usage.forEach((key, row) -> periods.put(
                new BackendPeriodKey(key.getBackendName(), key.getPeriod()),
                row.getApiRequests() + " " + row.getEgressBytes() + " " + row.getIngressBytes()));
        Map<BackendPeriodKey, BackendUsage> used = pipeline.last(pipeline.topics.backendUsage());
        assertThat(mapped(
                        used,
                        value -> value.getApiRequests() + " " + value.getEgressBytes() + " " + value.getIngressBytes()))
                .isEqualTo(periods);
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

    private static void assertEqual(PipelineDriver pipeline, SyncModel sync, Instant now) {
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
        Map<UserCollectionKey, UserCollection> shown = pipeline.last(pipeline.topics.userCollections());
        assertThat(mapped(
                        shown,
                        value -> value.getCollection() + " " + value.getCount() + " " + value.getTotalBytes() + " "
                                + value.getModified()))
                .isEqualTo(collections);
        Map<UserKey, UserStorage> storage = pipeline.last(pipeline.topics.userStorage());
        assertThat(mapped(
                        storage,
                        value -> List.of(value.getCount(), value.getTotalBytes(), (long) value.getCollections())))
                .isEqualTo(mapped(users, sums -> List.of(sums[0], sums[1], sums[2])));
    }

    private static <K, V, W> Map<K, W> mapped(Map<K, V> map, java.util.function.Function<V, W> to) {
        return map.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> to.apply(entry.getValue())));
    }

    private static List<String> notified(PipelineDriver pipeline) {
        return pipeline.notifications().stream()
                .filter(event -> event.get("type").asText().startsWith("s3:"))
                .map(event -> event.get("type").asText() + " " + objectKey(event.get("data")))
                .toList();
    }

    private static String objectKey(JsonNode data) {
        return data.get("bucket").asText() + "/" + data.get("key").asText();
    }

    /** What happened to each object, in its order. */
    private static Map<String, List<String>> byObject(List<String> notified) {
        return notified.stream().collect(Collectors.groupingBy(line -> line.substring(line.indexOf(' '))));
    }
}
