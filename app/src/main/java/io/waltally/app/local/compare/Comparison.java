package io.waltally.app.local.compare;

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
import io.waltally.workload.oracle.BackendTally;
import io.waltally.workload.oracle.BucketTally;
import io.waltally.workload.oracle.CollectionKey;
import io.waltally.workload.oracle.CollectionTally;
import io.waltally.workload.oracle.S3Tallies;
import io.waltally.workload.oracle.StorageTally;
import io.waltally.workload.oracle.SyncTallies;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Compares published values with expected ones. A key that only one side has is a difference. */
public final class Comparison {
    private static final String ABSENT = "nothing";

    private final Map<String, Integer> compared = new LinkedHashMap<>();
    private final List<String> differences = new ArrayList<>();

    public static Comparison of(PublishedTallies published, S3Tallies s3, SyncTallies sync) {
        Comparison comparison = new Comparison();
        comparison.compareTallies("backends", byText(published.backends(), Comparison::text), s3Backends(s3));
        comparison.compareTallies("backend months", byText(published.usage(), Comparison::text), s3Usage(s3));
        comparison.compareTallies("buckets", byText(published.buckets(), Comparison::text), s3Buckets(s3));
        comparison.compareTallies(
                "collections", byText(published.collections(), Comparison::text), syncCollections(sync));
        comparison.compareTallies("users", byText(published.storage(), Comparison::text), syncStorage(sync));
        return comparison;
    }

    private void compareTallies(String kind, Map<String, String> published, Map<String, String> tables) {
        compare(kind, "published", published, "SQL says", tables);
    }

    /** Compares the numbers of notifications by type. */
    public void compareNotifications(Map<String, Long> derived, Map<String, Long> expected) {
        compare("types of notification", "derived", byType(derived), "the writers caused", byType(expected));
    }

    private static Map<String, String> byType(Map<String, Long> counts) {
        Map<String, String> byType = new HashMap<>();
        counts.forEach((type, count) -> byType.put("notifications " + type, String.valueOf(count)));
        return byType;
    }

    /** Compares notifications by id. A duplicate is a difference. */
    public void compareDeliveries(Map<String, String> deliveredTypesById, List<PublishedTallies.Event> derived) {
        Map<String, String> delivered = new HashMap<>();
        deliveredTypesById.forEach((id, type) -> delivered.put("notification " + id, type));
        Map<String, String> published = new HashMap<>();
        derived.forEach(event ->
                published.merge("notification " + event.id(), event.type(), (first, again) -> first + " and " + again));
        compare("deliveries", "delivered", delivered, "derived", published);
    }

    /** Compares what sinks wrote into the applications' databases with their tables. */
    public void compareShadows(
            Map<String, SinkTables.Quota> quotas,
            Map<CollectionKey, SinkTables.Collection> collections,
            S3Tallies s3,
            SyncTallies sync) {
        compareShadow(
                "shadow backends",
                byText(quotas, (String name, SinkTables.Quota quota) ->
                        new String[] {"shadow of backend " + name, quota.toString()}),
                byText(s3.backends(), (String name, BackendTally tally) -> new String[] {
                    "shadow of backend " + name, new SinkTables.Quota(tally.bytesUsed(), tally.orphanBytes()).toString()
                }));
        compareShadow(
                "shadow collections",
                byText(collections, (CollectionKey key, SinkTables.Collection collection) ->
                        new String[] {"shadow of " + key, collection.toString()}),
                byText(sync.collections(), (CollectionKey key, CollectionTally tally) -> new String[] {
                    "shadow of " + key, new SinkTables.Collection(tally.count(), tally.totalBytes()).toString()
                }));
    }

    private void compareShadow(String kind, Map<String, String> written, Map<String, String> tables) {
        compare(kind, "the sink wrote", written, "SQL says", tables);
    }

    /** Compares tables with their replicas, by number and hash of their rows. */
    public void compareReplicas(Map<String, String> replicas, Map<String, String> tables) {
        compare("replicated tables", "the replica has", replicas, "the source has", tables);
    }

    /** Formats keys and values, so that a difference shows both sides, field by field. */
    private void compare(
            String kind, String side, Map<String, String> values, String otherSide, Map<String, String> otherValues) {
        TreeSet<String> keys = new TreeSet<>(otherValues.keySet());
        keys.addAll(values.keySet());
        for (String key : keys) {
            String value = values.getOrDefault(key, ABSENT);
            String other = otherValues.getOrDefault(key, ABSENT);
            if (!value.equals(other)) {
                differences.add(key + ": " + side + " " + value + ", " + otherSide + " " + other);
            }
        }
        compared.put(kind, keys.size());
    }

    public int compared() {
        return compared.values().stream().mapToInt(Integer::intValue).sum();
    }

    public Map<String, Integer> comparedByKind() {
        return compared;
    }

    public List<String> differences() {
        return differences;
    }

    private interface AsText<K, V> {
        /** Key, then value. */
        String[] of(K key, V value);
    }

    private static <K, V> Map<String, String> byText(Map<K, V> tallies, AsText<K, V> text) {
        Map<String, String> all = new HashMap<>();
        tallies.forEach((key, value) -> {
            String[] pair = text.of(key, value);
            all.put(pair[0], pair[1]);
        });
        return all;
    }

    private static String[] text(BackendKey key, BackendQuota value) {
        return backend(
                key.getBackendName(),
                value.getBytesUsed(),
                value.getObjectCount(),
                value.getOrphanBytes(),
                value.getInflightBytes(),
                value.getBytesLimit(),
                value.getBytesAvailable(),
                value.getUtilization());
    }

    private static Map<String, String> s3Backends(S3Tallies s3) {
        return byText(
                s3.backends(),
                (String name, BackendTally tally) -> backend(
                        name,
                        tally.bytesUsed(),
                        tally.objectCount(),
                        tally.orphanBytes(),
                        tally.inflightBytes(),
                        tally.bytesLimit(),
                        tally.bytesAvailable(),
                        tally.utilization()));
    }

    private static String[] backend(
            String name,
            long used,
            long objects,
            long orphan,
            long inflight,
            long limit,
            @Nullable Long available,
            double utilization) {
        return new String[] {
            "backend " + name,
            "bytes_used=" + used + " object_count=" + objects + " orphan_bytes=" + orphan + " inflight_bytes="
                    + inflight + " bytes_limit=" + limit + " bytes_available=" + available + " utilization="
                    + utilization
        };
    }

    private static String[] text(BackendPeriodKey key, BackendUsage value) {
        return usage(
                key.getBackendName(),
                key.getPeriod(),
                value.getApiRequests(),
                value.getEgressBytes(),
                value.getIngressBytes());
    }

    private static Map<String, String> s3Usage(S3Tallies s3) {
        return byText(
                s3.usage(),
                (key, tally) -> usage(
                        key.backend(), key.period(), tally.apiRequests(), tally.egressBytes(), tally.ingressBytes()));
    }

    private static String[] usage(String backend, String period, long requests, long egress, long ingress) {
        return new String[] {
            "usage of backend " + backend + " in " + period,
            "api_requests=" + requests + " egress_bytes=" + egress + " ingress_bytes=" + ingress
        };
    }

    private static String[] text(BucketKey key, BucketUsage value) {
        return bucket(
                key.getBucket(),
                value.getLogicalBytes(),
                value.getStoredBytes(),
                value.getObjectCount(),
                value.getCopyCount(),
                value.getUnderReplicated(),
                value.getOverReplicated());
    }

    private static Map<String, String> s3Buckets(S3Tallies s3) {
        return byText(
                s3.buckets(),
                (String name, BucketTally tally) -> bucket(
                        name,
                        tally.logicalBytes(),
                        tally.storedBytes(),
                        tally.objectCount(),
                        tally.copyCount(),
                        tally.underReplicated(),
                        tally.overReplicated()));
    }

    private static String[] bucket(
            String name, long logical, long stored, long objects, long copies, long under, long over) {
        return new String[] {
            "bucket " + name,
            "logical_bytes=" + logical + " stored_bytes=" + stored + " object_count=" + objects + " copy_count="
                    + copies + " under_replicated=" + under + " over_replicated=" + over
        };
    }

    private static String[] text(UserCollectionKey key, UserCollection value) {
        return collection(
                key.getUserId(),
                key.getCollectionId(),
                String.valueOf(value.getCollection()),
                value.getCount(),
                value.getTotalBytes(),
                value.getModified().toString());
    }

    private static Map<String, String> syncCollections(SyncTallies sync) {
        return byText(
                sync.collections(),
                (key, tally) -> collection(
                        key.userId(),
                        key.collectionId(),
                        tally.collection().orElse("null"),
                        tally.count(),
                        tally.totalBytes(),
                        tally.modified().toString()));
    }

    private static String[] collection(
            long user, int collection, String name, long count, long bytes, String modified) {
        return new String[] {
            "collection " + collection + " of user " + user,
            "collection=" + name + " count=" + count + " total_bytes=" + bytes + " modified=" + modified
        };
    }

    private static String[] text(UserKey key, UserStorage value) {
        return storage(key.getUserId(), value.getCount(), value.getTotalBytes(), value.getCollections());
    }

    private static Map<String, String> syncStorage(SyncTallies sync) {
        return byText(
                sync.storage(),
                (Long user, StorageTally tally) ->
                        storage(user, tally.count(), tally.totalBytes(), tally.collections()));
    }

    private static String[] storage(long user, long count, long bytes, long collections) {
        return new String[] {
            "storage of user " + user, "count=" + count + " total_bytes=" + bytes + " collections=" + collections
        };
    }
}
