package io.waltally.schemas.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.record.TimestampType;

/**
 * A property that a topic should have.
 *
 * @param tolerance the other values that keep all guarantees
 * @param given whether a new topic is created with it; otherwise the broker's default is expected to be right
 */
record TopicProperty(String name, String wanted, PropertyTolerance tolerance, boolean given) {
    /** All properties of a topic, by name, except its partitions and replicas. */
    static List<TopicProperty> of(Topic<?, ?> topic) {
        Map<String, TopicProperty> properties = new TreeMap<>();
        topic.cleanup().preferred().forEach((name, value) -> add(properties, name, value, PropertyTolerance.ANY));
        topic.storage().properties().forEach((name, value) -> add(properties, name, value, PropertyTolerance.ANY));
        topic.storage()
                .minInsyncReplicas()
                .ifPresent(replicas -> add(
                        properties,
                        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                        Integer.toString(replicas),
                        PropertyTolerance.ANY));
        topic.cleanup().config().forEach((name, value) -> add(properties, name, value, tolerance(topic, name)));
        add(
                properties,
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                topic.storage()
                        .properties()
                        .getOrDefault(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(Topic.MAX_MESSAGE_BYTES)),
                PropertyTolerance.AT_LEAST);
        // Records have the time of their change: expiry, thresholds and the age of dead letters go by it.
        add(
                properties,
                TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                TimestampType.CREATE_TIME.name,
                PropertyTolerance.EXACT);
        // Some services do not let clients set it.
        properties.put(
                TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
                new TopicProperty(
                        TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG, "false", PropertyTolerance.EXACT, false));
        return new ArrayList<>(properties.values());
    }

    private static void add(
            Map<String, TopicProperty> properties, String name, String value, PropertyTolerance tolerance) {
        properties.put(name, new TopicProperty(name, value, tolerance, true));
    }

    private static PropertyTolerance tolerance(Topic<?, ?> topic, String name) {
        if (!name.equals(TopicConfig.CLEANUP_POLICY_CONFIG)) {
            return PropertyTolerance.AT_LEAST;
        }
        return topic.cleanup() instanceof Cleanup.Compact
                ? PropertyTolerance.KEEPS_LAST_RECORD
                : PropertyTolerance.KEEPS_EVERY_RECORD;
    }
}
