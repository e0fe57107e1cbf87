package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.Masking;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/**
 * Settings of all Kafka clients, section {@code kafka}.
 *
 * @param properties client properties, passed through; always contain {@code bootstrap.servers}
 */
public record KafkaSettings(Map<String, String> properties) {
    private static final String KEY = "kafka";
    private static final String DEFAULT_SERVERS = "127.0.0.1:19092";

    /** Kafka resolves references to its configuration providers, in each client. */
    private static final String PROVIDERS = AbstractConfig.CONFIG_PROVIDERS_CONFIG;

    /** The key of the names of configuration providers. */
    static final String PROVIDERS_KEY = KEY + "." + PROVIDERS;

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
                        "must not be configured: waltally sets it to keep its guarantees");
            }
            if (!isKnown(name)) {
                throw ConfigValues.unknown(KEY, name, accepted());
            }
            requireValid(KEY + "." + name, KNOWN.get(name), property.getValue());
        }
        if (properties
                .getOrDefault(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "")
                .isBlank()) {
            throw new ConfigException(
                    KEY + "." + CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "", "must name at least one host:port");
        }
    }

    /**
     * Checks a value, unless Kafka resolves it.
     *
     * @throws ConfigException if Kafka would refuse it
     */
    static void requireValid(String key, ConfigDef.@Nullable ConfigKey property, String text) {
        if (property == null || text.contains("${")) {
            return;
        }
        try {
            Object value = ConfigDef.parseType(property.name, text, property.type);
            if (property.validator != null) {
                property.validator.ensureValid(property.name, value);
            }
        } catch (org.apache.kafka.common.config.ConfigException e) {
            String prefix = "Invalid value " + text + " for configuration " + property.name + ": ";
            throw new ConfigException(
                    key, text, "Kafka refuses it: " + e.getMessage().replace(prefix, ""));
        }
    }

    static ConfigDef.@Nullable ConfigKey property(String name) {
        return KNOWN.get(name);
    }

    private static boolean isKnown(String property) {
        return KNOWN.containsKey(property) || property.startsWith(PROVIDERS + ".");
    }

    /** Whether the guarantees depend on a property of clients. */
    static boolean isOwned(String property) {
        return OWNED.contains(property);
    }

    /** The properties of clients that may be configured. */
    static Set<String> accepted() {
        Set<String> accepted = new TreeSet<>(KNOWN.keySet());
        accepted.removeAll(OWNED);
        return accepted;
    }

    /** Whether the value of a property is a secret. */
    static boolean isSecret(String property) {
        ConfigDef.ConfigKey key = KNOWN.get(property);
        return key == null ? Masking.isSecretName(property) : key.type == ConfigDef.Type.PASSWORD;
    }

    private static Map<String, ConfigDef.ConfigKey> known() {
        Map<String, ConfigDef.ConfigKey> keys =
                new HashMap<>(ProducerConfig.configDef().configKeys());
        keys.putAll(ConsumerConfig.configDef().configKeys());
        keys.putAll(AdminClientConfig.configDef().configKeys());
        return keys;
    }

    static KafkaSettings from(ConfigValues values) {
        Map<String, String> properties = values.below(KEY, ConfigValues::dotted, KafkaSettings::isSecret);
        String servers = values.text(KEY + "." + CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, DEFAULT_SERVERS);
        properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, servers);
        return new KafkaSettings(properties);
    }

    public String bootstrapServers() {
        return properties.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG);
    }

    /** Names and values, without secrets. */
    @Override
    public String toString() {
        Map<String, String> shown = new TreeMap<>(properties);
        shown.replaceAll((name, value) -> isSecret(name) ? Masking.MASK : Masking.withoutCredentials(value));
        return "KafkaSettings" + shown;
    }
}
