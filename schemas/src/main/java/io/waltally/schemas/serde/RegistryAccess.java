package io.waltally.schemas.serde;

import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientFactory;
import io.confluent.kafka.schemaregistry.client.security.SslFactory;
import io.confluent.kafka.serializers.AbstractKafkaSchemaSerDeConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.SslConfigs;

/**
 * A schema registry, and how Confluent's clients authenticate to it.
 *
 * @param url with its full Confluent base path; {@code mock://scope} is an in-memory registry for tests
 * @param properties of Confluent's clients ({@code basic.auth.user.info}, {@code schema.registry.ssl.*} …); may hold
 *     secrets
 */
public record RegistryAccess(String url, Map<String, String> properties) {
    private static final int MOST_SCHEMAS = 1_000;
    private static final String IN_MEMORY = "mock://";
    private static final String SSL = SchemaRegistryClientConfig.CLIENT_NAMESPACE;
    private static final String VERIFY_HOST = SSL + SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG;

    public RegistryAccess {
        Map<String, String> complete = new HashMap<>(properties);
        // Without it, Confluent's client accepts the certificate of any host.
        complete.putIfAbsent(VERIFY_HOST, SslConfigs.DEFAULT_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM);
        properties = Map.copyOf(complete);
    }

    /** A registry that asks for no credentials, and whose certificate, if it has one, the JVM trusts. */
    public static RegistryAccess of(String url) {
        return new RegistryAccess(url, Map.of());
    }

    /** Properties of serializers and deserializers, with the URL. */
    public Map<String, Object> serdeProperties() {
        Map<String, Object> all = new HashMap<>(properties);
        all.put(AbstractKafkaSchemaSerDeConfig.SCHEMA_REGISTRY_URL_CONFIG, url);
        return all;
    }

    /**
     * A new client, with a cache of its own. It throws {@link org.apache.kafka.common.errors.SerializationException}
     * where it reads a schema that is not Avro.
     */
    public SchemaRegistryClient client() {
        return client(Map.of());
    }

    /** A new client with additional properties, which win. */
    public SchemaRegistryClient client(Map<String, String> additional) {
        Map<String, String> all = new HashMap<>(properties);
        all.putAll(additional);
        if (url.startsWith(IN_MEMORY)) {
            return SchemaRegistryClientFactory.newClient(
                    List.of(url), MOST_SCHEMAS, List.of(new AvroSchemaProvider()), all, Map.of());
        }
        return new AvroRegistryClient(url, MOST_SCHEMAS, all);
    }

    /**
     * Reads the key stores.
     *
     * @throws IllegalArgumentException if one of them is missing or cannot be opened
     */
    public void requireReadableStores() {
        Map<String, String> ssl = new HashMap<>();
        properties.forEach((name, value) -> {
            if (name.startsWith(SSL)) {
                ssl.put(name.substring(SSL.length()), value);
            }
        });
        try {
            new SslFactory(ssl);
        } catch (RuntimeException e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new IllegalArgumentException(
                    cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage(), e);
        }
    }

    /** Without the properties. */
    @Override
    public String toString() {
        return url;
    }
}
