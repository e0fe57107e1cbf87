package io.waltally.pipeline.published;

import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.workload.oracle.BackendTally;
import io.waltally.workload.oracle.BucketTally;
import io.waltally.workload.oracle.CollectionKey;
import io.waltally.workload.oracle.CollectionTally;
import io.waltally.workload.oracle.S3Tallies;
import io.waltally.workload.oracle.StorageTally;
import io.waltally.workload.oracle.SyncTallies;
import io.waltally.workload.oracle.UsageKey;
import io.waltally.workload.oracle.UsageTally;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The last tallies in the topics, compared with SQL value by value. */
public final class Published {
    private final Histories.Written written;
    private final TopicCatalogue topics;

    public Published(Histories.Written written, TopicCatalogue topics) {
        this.written = written;
        this.topics = topics;
    }

    /** One line for each tally that is not as SQL has it, or that only one side has. */
    public List<String> differences(S3Tallies sql) {
        List<String> differences = new ArrayList<>();
        compare(
                "backend",
                tallies(topics.backendQuotas(), key -> key.getBackendName(), Quota::of),
                mapped(sql.backends(), Quota::of),
                differences);
        compare(
                "bucket",
                tallies(
                        topics.bucketUsage(),
                        key -> key.getBucket(),
                        value -> new BucketTally(
                                value.getLogicalBytes(),
                                value.getStoredBytes(),
                                value.getObjectCount(),
                                value.getCopyCount(),
                                value.getUnderReplicated(),
                                value.getOverReplicated())),
                sql.buckets(),
                differences);
        compare(
                "usage",
                tallies(
                        topics.backendUsage(),
                        key -> new UsageKey(key.getBackendName(), key.getPeriod()),
                        value -> new UsageTally(
                                value.getApiRequests(), value.getEgressBytes(), value.getIngressBytes())),
                sql.usage(),
                differences);
        return differences;
    }

    /** One line for each tally that is not as SQL has it, or that only one side has. */
    public List<String> differences(SyncTallies sql) {
        List<String> differences = new ArrayList<>();
        compare(
                "collection",
                tallies(
                        topics.userCollections(),
                        key -> new CollectionKey(key.getUserId(), key.getCollectionId()),
                        Published::tally),
                sql.collections(),
                differences);
        compare(
                "user",
                tallies(
                        topics.userStorage(),
                        key -> key.getUserId(),
                        value -> new StorageTally(value.getCount(), value.getTotalBytes(), value.getCollections())),
                sql.storage(),
                differences);
        return differences;
    }

    static CollectionTally tally(UserCollection value) {
        return new CollectionTally(
                Optional.ofNullable(value.getCollection()),
                value.getCount(),
                value.getTotalBytes(),
                value.getModified());
    }

    private <K, V, L, W> Map<L, W> tallies(Topic<K, V> topic, Function<K, L> key, Function<V, W> value) {
        Map<L, W> tallies = new HashMap<>();
        Histories.last(written, topic).forEach((k, v) -> tallies.put(key.apply(k), value.apply(v)));
        return tallies;
    }

    private static <K, V, W> Map<K, W> mapped(Map<K, V> map, Function<V, W> to) {
        Map<K, W> mapped = new HashMap<>();
        map.forEach((key, value) -> mapped.put(key, to.apply(value)));
        return mapped;
    }

    private static <K, V> void compare(String kind, Map<K, V> published, Map<K, V> sql, List<String> differences) {
        Set<K> keys = new HashSet<>(published.keySet());
        keys.addAll(sql.keySet());
        for (K key : keys) {
            V is = published.get(key);
            V should = sql.get(key);
            if (!Objects.equals(is, should)) {
                differences.add(kind + " " + key + ": published " + is + ", SQL says " + should);
            }
        }
    }

    /** A backend's tally with its other values. */
    private record Quota(BackendTally tally, @Nullable Long bytesAvailable, double utilization) {
        static Quota of(BackendQuota value) {
            return new Quota(
                    new BackendTally(
                            value.getBytesUsed(),
                            value.getObjectCount(),
                            value.getOrphanBytes(),
                            value.getInflightBytes(),
                            value.getBytesLimit()),
                    value.getBytesAvailable(),
                    value.getUtilization());
        }

        static Quota of(BackendTally tally) {
            return new Quota(tally, tally.bytesAvailable(), tally.utilization());
        }
    }
}
