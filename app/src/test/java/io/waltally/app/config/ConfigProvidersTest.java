package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's configuration providers resolve references in {@code kafka.*}. */
class ConfigProvidersTest {
    @TempDir
    private Path directory;

    @Test
    void kafkaClientsResolveReferencesToProviders() throws IOException {
        Path secrets = Files.writeString(directory.resolve("kafka.properties"), "jaas=hidden\n");
        Map<String, Object> properties =
                Map.copyOf(read("""
                        kafka:
                          bootstrap.servers: ${HOST:localhost}:9092
                          sasl.jaas.config: ${file:%s:jaas}
                          config.providers: file
                          config.providers.file.class: org.apache.kafka.common.config.provider.FileConfigProvider
                          config.providers.file.param.allowed.paths: %s
                        """.formatted(secrets, directory)).kafka().properties());
        assertThat(properties).containsEntry("sasl.jaas.config", "${file:" + secrets + ":jaas}");
        assertThat(properties).containsEntry("bootstrap.servers", "localhost:9092");
        assertResolved(new AdminClientConfig(properties));
        assertResolved(new ConsumerConfig(ConsumerConfig.appendDeserializerToConfig(
                properties, new StringDeserializer(), new StringDeserializer())));
        StreamsConfig streams = new StreamsConfig(with(properties, StreamsConfig.APPLICATION_ID_CONFIG, "a"));
        assertThat(streams.getAdminConfigs("a")).containsEntry("sasl.jaas.config", "hidden");
    }

    private static Map<String, Object> with(Map<String, Object> properties, String name, String value) {
        Map<String, Object> more = new HashMap<>(properties);
        more.put(name, value);
        return more;
    }

    private static void assertResolved(AbstractConfig config) {
        assertThat(config.getPassword(SaslConfigs.SASL_JAAS_CONFIG)).isEqualTo(new Password("hidden"));
    }

    @Test
    void aReferenceToAProviderThatIsNotConfiguredIsRefused() {
        assertThatThrownBy(() -> read("kafka: {ssl.keystore.password: '${file:/etc/kafka.properties:password}'}"))
                .hasMessageContaining("kafka.ssl.keystore.password names the configuration provider file: list it in"
                        + " kafka.config.providers");
        // Elsewhere it is a variable with a default.
        assertThat(read("http: {host: '${file:localhost}'}").http().host()).isEqualTo("localhost");
    }

    private Configuration read(String yaml) {
        Path file = directory.resolve("waltally.yml");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Configuration.load(Optional.of(file), Map.of(), Map.of());
    }
}
