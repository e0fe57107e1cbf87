package io.waltally.app.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Settings of all Kafka clients, section {@code kafka}.
 *
 * @param properties client properties, passed through; always contain {@code bootstrap.servers}
 */
public record KafkaSettings(Map<String, String> properties) {
    private static final String KEY = "kafka";

    /** Properties that the guarantees depend on. */
    private static final Set<String> OWNED = Set.of(
            "acks",
            "allow.auto.create.topics",
            "auto.offset.reset",
            "client.id",
            "enable.auto.commit",
            "enable.idempotence",
            "group.id",
            "group.instance.id",
            "group.protocol",
            "isolation.level",
            "key.deserializer",
            "key.serializer",
            "partitioner.class",
            "transactional.id",
            "value.deserializer",
            "value.serializer");

    private static final Map<String, ConfigDef.ConfigKey> KNOWN = known();

    public KafkaSettings {
        properties = Map.copyOf(properties);
        for (Map.Entry<String, String> property : new TreeMap<>(properties).entrySet()) {
            String name = property.getKey();
            if (OWNED.contains(name)) {
                throw new ConfigException(
                        KEY + "." + name,
                        property.getValue(),
                        "must not be configured: waltally sets it, its guarantees rest on it");
            }
            if (!KNOWN.containsKey(name)) {
                Set<String> accepted = new TreeSet<>(KNOWN.keySet());
                accepted.removeAll(OWNED);
                throw ConfigValues.unknown(KEY, name, accepted);
            }
        }
        if (properties
                .getOrDefault(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "")
                .isBlank()) {
            throw new ConfigException(
                    KEY + "." + CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "", "must name at least one host:port");
        }
    }

    private static Map<String, ConfigDef.ConfigKey> known() {
        Map<String, ConfigDef.ConfigKey> keys =
                new HashMap<>(ProducerConfig.configDef().configKeys());
        keys.putAll(ConsumerConfig.configDef().configKeys());
        keys.putAll(AdminClientConfig.configDef().configKeys());
        return keys;
    }

    static KafkaSettings from(ConfigValues values) {
        Map<String, String> properties =
                new HashMap<>(Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "127.0.0.1:19092"));
        properties.putAll(values.below(KEY));
        return new KafkaSettings(properties);
    }

    public String bootstrapServers() {
        return properties.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
    }

    /** Names and values, without secrets. */
    @Override
    public String toString() {
        Map<String, String> shown = new TreeMap<>(properties);
        shown.replaceAll((name, value) -> KNOWN.get(name).type == ConfigDef.Type.PASSWORD ? "***" : value);
        return "KafkaSettings" + shown;
    }
}
