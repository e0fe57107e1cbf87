package io.waltally.schemas.serde;

import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientConfig;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientFactory;
import io.confluent.kafka.schemaregistry.client.security.SslFactory;
import io.confluent.kafka.serializers.AbstractKafkaSchemaSerDeConfig;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.apache.kafka.common.config.SslConfigs;
import org.jspecify.annotations.Nullable;

/** A schema registry, and how Confluent's clients authenticate to it. */
public final class RegistryAccess {
    private static final int MAX_SCHEMAS = 1_000;
    private static final String IN_MEMORY = "mock://";
    private static final String SSL = SchemaRegistryClientConfig.CLIENT_NAMESPACE;
    private static final String VERIFY_HOST = SSL + SslConfigs.SSL_ENDPOINT_IDENTIFICATION_ALGORITHM_CONFIG;

    private final String url;
    private final Map<String, String> properties;
    private @Nullable SSLSocketFactory sockets;

    /**
     * @param url with its full Confluent base path; {@code mock://scope} is an in-memory registry for tests
     * @param properties of Confluent's clients ({@code basic.auth.user.info}, {@code schema.registry.ssl.*} …); may hold
     *     secrets
     */
    public RegistryAccess(String url, Map<String, String> properties) {
        Map<String, String> complete = new HashMap<>(properties);
        // Without it, Confluent's client accepts the certificate of any host.
        complete.putIfAbsent(VERIFY_HOST, SslConfigs.DEFAULT_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM);
        this.url = url;
        this.properties = Map.copyOf(complete);
    }

    public String url() {
        return url;
    }

    /** The properties of Confluent's clients; may hold secrets. */
    public Map<String, String> properties() {
        return properties;
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

    KafkaAvroSerializer serializer(boolean isKey) {
        KafkaAvroSerializer serializer = new KafkaAvroSerializer(client());
        serializer.configure(serdeProperties(), isKey);
        return serializer;
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
                    List.of(url), MAX_SCHEMAS, List.of(new AvroSchemaProvider()), all, Map.of());
        }
        Optional<SSLSocketFactory> tls = sockets();
        all.keySet().removeIf(RegistryAccess::isOfStores);
        return new AvroRegistryClient(url, MAX_SCHEMAS, all, tls);
    }

    /**
     * Sockets with the configured key stores; empty if there are none. Shared by all clients, because reading takes
     * long, and because connections are reused by clients with the same factory.
     */
    private synchronized Optional<SSLSocketFactory> sockets() {
        if (sockets == null && properties.keySet().stream().anyMatch(RegistryAccess::isOfStores)) {
            Map<String, String> ssl = new HashMap<>();
            properties.forEach((name, value) -> {
                if (name.startsWith(SSL)) {
                    ssl.put(name.substring(SSL.length()), value);
                }
            });
            SSLContext context = new SslFactory(ssl).sslContext();
            sockets = context == null ? null : context.getSocketFactory();
        }
        return Optional.ofNullable(sockets);
    }

    private static boolean isOfStores(String property) {
        return property.startsWith(SSL) && !property.equals(VERIFY_HOST);
    }

    /**
     * Reads the key stores.
     *
     * @throws IllegalArgumentException if one of them is missing or cannot be opened
     */
    public void requireReadableStores() {
        try {
            sockets();
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
