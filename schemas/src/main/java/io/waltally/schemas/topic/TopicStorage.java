package io.waltally.schemas.topic;

import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The storage settings of topics that the deployment decides, because no guarantee depends on them.
 *
 * @param replicationFactor of new topics; empty: the broker's default
 * @param minInsyncReplicas of all topics, at most the replication factor; empty: the broker's default
 * @param properties further properties of all topics, by Kafka's names
 */
public record TopicStorage(
        OptionalInt replicationFactor, OptionalInt minInsyncReplicas, Map<String, String> properties) {
    /** The broker's defaults. */
    public static final TopicStorage DEFAULTS = new TopicStorage(OptionalInt.empty(), OptionalInt.empty(), Map.of());

    public static final String REPLICATION_FACTOR = "topics.replication-factor";
    public static final String MIN_INSYNC_REPLICAS = "topics.min-insync-replicas";

    private static final int MAX_REPLICAS = 100;

    public TopicStorage {
        requireReplicas(REPLICATION_FACTOR, replicationFactor);
        requireReplicas(MIN_INSYNC_REPLICAS, minInsyncReplicas);
        if (minInsyncReplicas.isPresent()
                && (replicationFactor.isEmpty() || minInsyncReplicas.getAsInt() > replicationFactor.getAsInt())) {
            throw new IllegalArgumentException(MIN_INSYNC_REPLICAS + " is " + minInsyncReplicas.getAsInt()
                    + ": must be at most " + REPLICATION_FACTOR + ", which is "
                    + (replicationFactor.isEmpty() ? "not given" : replicationFactor.getAsInt())
                    + "; with fewer replicas nothing could be written");
        }
        properties = Map.copyOf(new TreeMap<>(properties));
    }

    private static void requireReplicas(String key, OptionalInt value) {
        if (value.isPresent() && (value.getAsInt() < 1 || value.getAsInt() > MAX_REPLICAS)) {
            throw new IllegalArgumentException(key + " is " + value.getAsInt() + ": must be from 1 to " + MAX_REPLICAS);
        }
    }
}
