package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicSettings;
import io.waltally.schemas.topic.TopicStorage;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.TopicConfig;

/** Reads the section {@code topics}. */
final class TopicValues {
    private static final String PROPERTIES = "topics.properties";

    /** Properties that guarantees depend on, and what to use instead. */
    private static final Map<String, String> OWNED = Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG,
            "a topic's kind determines it",
            TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
            "records have the time of their change",
            TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG,
            "records have the time of their change, however old it is",
            TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
            "use topics.complete-history",
            TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
            "use " + TopicStorage.MIN_INSYNC_REPLICAS,
            TopicConfig.RETENTION_BYTES_CONFIG,
            "records are kept by their age",
            TopicConfig.RETENTION_MS_CONFIG,
            "use topics.notification-retention and topics.dead-letter-retention; other topics keep the last record of"
                    + " each key for ever",
            TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
            "it would lose acknowledged records");

    private static final Set<String> KNOWN = known();

    private TopicValues() {}

    static TopicSettings from(ConfigValues values) {
        TopicSettings defaults = TopicSettings.DEFAULTS;
        int partitions = values.integer("topics.partitions", defaults.partitions());
        if (partitions < 1 || partitions > 1_000) {
            throw new ConfigException("topics.partitions", partitions, "must be from 1 to 1000");
        }
        return new TopicSettings(
                partitions,
                values.duration("topics.complete-history", defaults.completeHistory()),
                values.duration("topics.notification-retention", defaults.notificationRetention()),
                values.duration("topics.dead-letter-retention", defaults.deadLetterRetention()),
                storage(values));
    }

    private static TopicStorage storage(ConfigValues values) {
        OptionalInt replicationFactor = integer(values, TopicStorage.REPLICATION_FACTOR);
        OptionalInt minInsyncReplicas = integer(values, TopicStorage.MIN_INSYNC_REPLICAS);
        values.section(PROPERTIES);
        Map<String, String> properties = new TreeMap<>(values.below(PROPERTIES));
        properties.forEach(TopicValues::require);
        try {
            return new TopicStorage(replicationFactor, minInsyncReplicas, properties);
        } catch (IllegalArgumentException e) {
            String key = e.getMessage().startsWith(TopicStorage.REPLICATION_FACTOR)
                    ? TopicStorage.REPLICATION_FACTOR
                    : TopicStorage.MIN_INSYNC_REPLICAS;
            throw ConfigException.stated(key, e.getMessage());
        }
    }

    private static OptionalInt integer(ConfigValues values, String key) {
        return values.integer(key).map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    private static void require(String name, String value) {
        String key = PROPERTIES + "." + name;
        if (OWNED.containsKey(name)) {
            throw new ConfigException(
                    key, value, "must not be configured, for guarantees depend on it: " + OWNED.get(name));
        }
        if (!KNOWN.contains(name)) {
            Set<String> accepted = new TreeSet<>(KNOWN);
            accepted.removeAll(OWNED.keySet());
            throw ConfigValues.unknown(PROPERTIES, name, accepted);
        }
        if (value.isBlank()) {
            throw new ConfigException(key, value, "must not be empty");
        }
        if (name.equals(TopicConfig.MAX_MESSAGE_BYTES_CONFIG) && !isEnough(value)) {
            throw new ConfigException(
                    key,
                    value,
                    "must be a whole number of at least " + Topic.MAX_MESSAGE_BYTES
                            + ": rows that the applications write must fit");
        }
    }

    private static boolean isEnough(String bytes) {
        try {
            return Integer.parseInt(bytes) >= Topic.MAX_MESSAGE_BYTES;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    /** The names in Kafka's own list of topic properties. */
    private static Set<String> known() {
        return Arrays.stream(TopicConfig.class.getFields())
                .filter(field -> Modifier.isStatic(field.getModifiers())
                        && field.getName().endsWith("_CONFIG"))
                .map(TopicValues::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static String name(Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " is public", e);
        }
    }
}
