package io.waltally.pipeline.published;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.pipeline.captured.TimeForm;
import io.waltally.pipeline.model.ObjectStoreModel;
import io.waltally.pipeline.model.SyncModel;
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
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.kafka.streams.test.TestRecord;

/** The topics that the pipeline writes, compared with the rows of a model. */
public final class Histories {
    private Histories() {}

    /** What the pipeline wrote. */
    public interface Written {
        /** Every record of the topic so far, those of one key in their order. */
        <K, V> List<TestRecord<K, V>> written(Topic<K, V> topic);
    }

    /** What a consumer that read the whole topic has for each key. */
    public static <K, V> Map<K, V> last(Written written, Topic<K, V> topic) {
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

    public static List<JsonNode> notifications(Written written, TopicCatalogue topics) {
        ObjectMapper mapper = new ObjectMapper();
        return written.written(topics.notifications()).stream()
                .map(record -> {
                    try {
                        JsonNode event = mapper.readTree(record.value());
                        EventSchemas.check(event);
                        return event;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }

    public static void assertEqual(Written written, TopicCatalogue topics, ObjectStoreModel store) {
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
            long orphan = store.queuedBytes(name) + store.deadLetterBytes(name);
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
                .collect(Collectors.groupingBy(objectKey -> new BucketKey(ObjectStoreModel.bucketOf(objectKey))))
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
    public static void assertReplicas(Written written, TopicCatalogue topics, Map<BucketKey, String> replicas) {
        Map<BucketKey, String> counts = new HashMap<>(mapped(
                last(written, topics.bucketUsage()),
                value -> value.getUnderReplicated() + " under, " + value.getOverReplicated() + " over"));
        counts.values().removeIf("0 under, 0 over"::equals);
        assertThat(counts).isEqualTo(replicas);
    }

    public static Instant later(Instant one, Instant other) {
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
        int order = createdAt(row).compareTo(createdAt(other));
        return order < 0 || (order == 0 && row.getBackendName().compareTo(other.getBackendName()) < 0);
    }

    private static Instant createdAt(ObjectLocation row) {
        return Objects.requireNonNullElse(TimeForm.instant(row.getCreatedAt()), Instant.MAX);
    }

    public static void assertEqual(Written written, TopicCatalogue topics, SyncModel sync, Instant now) {
        Map<UserCollectionKey, String> collections = new HashMap<>();
        Map<UserKey, long[]> users = new HashMap<>();
        for (UserCollectionRowKey key : sync.collections.keySet()) {
            long count = 0;
            long length = 0;
            for (BsoKey id : sync.recordsOf(key.getUserId(), key.getCollectionId())) {
                Bso row = sync.records.get(id);
                if (SyncModel.isUnexpired(row, now)) {
                    count++;
                    length += row.getPayload().codePoints().count();
                }
            }
            Instant modified = TimeForm.instant(sync.collections.get(key).getModified());
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

    public static List<String> notified(Written written, TopicCatalogue topics) {
        return notifications(written, topics).stream()
                .filter(event -> event.get("type").asText().startsWith("s3:"))
                .map(event -> event.get("type").asText() + " " + objectKey(event.get("data")))
                .toList();
    }

    private static String objectKey(JsonNode data) {
        return data.get("bucket").asText() + "/" + data.get("key").asText();
    }

    /** What happened to each object, in its order. */
    public static Map<String, List<String>> byObject(List<String> notified) {
        return notified.stream().collect(Collectors.groupingBy(line -> line.substring(line.indexOf(' '))));
    }
}
