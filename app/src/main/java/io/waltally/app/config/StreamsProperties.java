package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.Masking;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/** Properties of Kafka Streams, section {@code streams.properties}. */
final class StreamsProperties {
    private static final String KEY = "streams.properties";

    /** Properties that have a key of their own. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            StreamsConfig.APPLICATION_ID_CONFIG, "streams.application-id",
            StreamsConfig.APPLICATION_SERVER_CONFIG, "http.advertised",
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "kafka.bootstrap.servers",
            StreamsConfig.NUM_STREAM_THREADS_CONFIG, "streams.threads",
            StreamsConfig.STATE_DIR_CONFIG, "streams.state-directory");

    /** Properties that the guarantees depend on. */
    private static final Set<String> OWNED = Set.of(
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
            StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG,
            StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG,
            StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
            StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG,
            StreamsConfig.CLIENT_ID_CONFIG,
            StreamsConfig.GROUP_PROTOCOL_CONFIG,
            StreamsConfig.DEFAULT_CLIENT_SUPPLIER_CONFIG,
            StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG,
            StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG,
            StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG,
            StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG,
            StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.PROCESSING_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG,
            StreamsConfig.PROCESSOR_WRAPPER_CLASS_CONFIG,
            "default.deserialization.exception.handler",
            "default.production.exception.handler",
            "default.dsl.store",
            "processing.exception.handler.global.enabled");

    /** Settings of internal topics without which records of state would be lost. */
    private static final Set<String> OWNED_OF_TOPICS = Set.of(
            TopicConfig.CLEANUP_POLICY_CONFIG,
            TopicConfig.RETENTION_MS_CONFIG,
            TopicConfig.RETENTION_BYTES_CONFIG,
            TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG);

    private static final List<String> CLIENT_PREFIXES = List.of(
            StreamsConfig.MAIN_CONSUMER_PREFIX,
            StreamsConfig.RESTORE_CONSUMER_PREFIX,
            StreamsConfig.GLOBAL_CONSUMER_PREFIX,
            StreamsConfig.CONSUMER_PREFIX,
            StreamsConfig.PRODUCER_PREFIX,
            StreamsConfig.ADMIN_CLIENT_PREFIX);

    private StreamsProperties() {}

    static Map<String, String> from(ConfigValues values) {
        Map<String, String> properties = values.below(KEY, ConfigValues::dotted, StreamsProperties::isSecret);
        properties.forEach(StreamsProperties::require);
        return properties;
    }

    private static boolean isSecret(String name) {
        return KafkaSettings.isSecret(ofClient(name).orElse(name));
    }

    /** The properties, with masks for secrets. */
    static Map<String, String> masked(Map<String, String> properties) {
        Map<String, String> shown = new TreeMap<>(properties);
        shown.replaceAll((name, value) -> isSecret(name) ? Masking.MASK : Masking.withoutCredentials(value));
        return shown;
    }

    /** The property without the prefix of a client; empty if it has none. */
    private static Optional<String> ofClient(String name) {
        return CLIENT_PREFIXES.stream()
                .filter(name::startsWith)
                .map(prefix -> name.substring(prefix.length()))
                .findFirst();
    }

    private static void require(String name, String value) {
        String key = KEY + "." + name;
        if (ELSEWHERE.containsKey(name)) {
            throw ConfigException.stated(key, key + " must not be configured: its key is " + ELSEWHERE.get(name));
        }
        Optional<String> ofClient = ofClient(name);
        boolean ofTopics = name.startsWith(StreamsConfig.TOPIC_PREFIX);
        String property = ofTopics ? name.substring(StreamsConfig.TOPIC_PREFIX.length()) : ofClient.orElse(name);
        boolean owned = OWNED.contains(name)
                || (ofClient.isPresent() && KafkaSettings.isOwned(property))
                || (ofTopics && OWNED_OF_TOPICS.contains(property));
        if (owned) {
            throw new ConfigException(key, value, "must not be configured: waltally sets it to keep its guarantees");
        }
        boolean known = ofTopics
                || name.startsWith(StreamsConfig.CLIENT_TAG_PREFIX)
                || (ofClient.isPresent()
                        ? KafkaSettings.accepted().contains(property)
                        : accepted().contains(name));
        if (!known) {
            throw ConfigValues.unknown(KEY, name, suggestions(name, property, ofClient.isPresent()));
        }
        if (!ofTopics) {
            KafkaSettings.requireValid(
                    key,
                    ofClient.isPresent()
                            ? KafkaSettings.property(property)
                            : StreamsConfig.configDef().configKeys().get(name),
                    value);
        }
    }

    private static Set<String> accepted() {
        Set<String> accepted = new TreeSet<>(StreamsConfig.configDef().names());
        accepted.removeAll(OWNED);
        accepted.removeAll(ELSEWHERE.keySet());
        return accepted;
    }

    private static Set<String> suggestions(String name, String property, boolean ofClient) {
        String prefix = name.substring(0, name.length() - property.length());
        return ofClient
                ? KafkaSettings.accepted().stream().map(other -> prefix + other).collect(Collectors.toSet())
                : accepted();
    }
}
