package io.waltally.pipeline.model;

import io.waltally.schemas.agg.BucketKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Since when each object has had fewer or more copies than the replication factor, by the history of its rows. */
public final class ReplicaModel {
    private static final Duration CALM = Duration.ofSeconds(2);

    private final int factor;
    private final Duration grace;
    private final Map<String, Deviation> deviating = new TreeMap<>();

    public ReplicaModel(int factor, Duration grace) {
        this.factor = factor;
        this.grace = grace;
    }

    /** To be called after each transaction that changes copies. */
    public void see(ObjectStoreModel store) {
        deviating.keySet().retainAll(store.objectKeys());
        for (String objectKey : store.objectKeys()) {
            int more = Integer.signum(store.copies(objectKey).size() - factor);
            Deviation known = deviating.get(objectKey);
            if (more == 0) {
                deviating.remove(objectKey);
            } else if (known == null || known.more() != more) {
                deviating.put(objectKey, new Deviation(more, store.log.now()));
            }
        }
    }

    /** Under- and over-replicated objects of buckets that have some. */
    public Map<BucketKey, String> counts(Instant at) {
        Map<BucketKey, int[]> counts = new HashMap<>();
        deviating.forEach((objectKey, deviation) -> {
            if (!deviation.since().plus(grace).isAfter(at)) {
                BucketKey bucket = new BucketKey(ObjectStoreModel.bucketOf(objectKey));
                counts.computeIfAbsent(bucket, key -> new int[2])[deviation.more() < 0 ? 0 : 1]++;
            }
        });
        Map<BucketKey, String> texts = new HashMap<>();
        counts.forEach((bucket, count) -> texts.put(bucket, count[0] + " under, " + count[1] + " over"));
        return texts;
    }

    /** That time, or one a little later, shortly before and after which no grace period ends. */
    public Instant calm(Instant from) {
        Instant time = from;
        while (isBusy(deviating.values(), time)) {
            time = time.plusMillis(500);
        }
        return time;
    }

    private boolean isBusy(Collection<Deviation> all, Instant time) {
        return all.stream()
                .map(deviation ->
                        Duration.between(deviation.since().plus(grace), time).abs())
                .anyMatch(distance -> distance.compareTo(CALM) < 0);
    }

    /** @param more 1 if the copies are too many, -1 if they are too few */
    private record Deviation(int more, Instant since) {}
}
