package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.value.Secret;
import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Environment variables set keys. {@link ConfigurationDocumentTest} sets each documented key. */
class EnvironmentTest {
    @TempDir
    private Path directory;

    @Test
    void flagsWinOverTheEnvironmentAndTheEnvironmentOverTheFile() {
        Map<String, String> environment = Map.of("WALTALLY_HTTP_PORT", "2");
        assertThat(read("", environment).http().port()).isEqualTo(2);
        assertThat(read("http: {port: 1}", environment).http().port()).isEqualTo(2);
        assertThat(Configuration.load(Optional.empty(), Map.of("http.port", "3"), environment)
                        .http()
                        .port())
                .isEqualTo(3);
    }

    @Test
    void aVariableForASourceTurnsItOnAsTheFileDoes() {
        Map<String, String> environment = Map.of("WALTALLY_SOURCES_S3_PASSWORD", "x");
        assertThat(read("", environment).sources()).containsOnlyKeys(Source.S3);
        assertThat(read("sources: {sync: {}}", environment).sources()).containsOnlyKeys(Source.S3, Source.SYNC);
    }

    @Test
    void aListIsOneTextOrHasNumberedElements() {
        String file = "sources: {s3: {tables: [a, b, c]}}";
        assertThat(tables(file, Map.of("WALTALLY_SOURCES_S3_TABLES", "d, e"))).containsExactly("d", "e");
        assertThat(tables(file, Map.of("WALTALLY_SOURCES_S3_TABLES_1", "d"))).containsExactly("a", "d", "c");
        assertThat(tables("", Map.of("WALTALLY_SOURCES_S3_TABLES_0", "d", "WALTALLY_SOURCES_S3_TABLES_1", "e")))
                .containsExactly("d", "e");
        assertThat(tables("sources: {s3: {tables: 'a, b'}}", Map.of("WALTALLY_SOURCES_S3_TABLES_0", "d")))
                .containsExactly("d");
    }

    private List<String> tables(String file, Map<String, String> environment) {
        return read(file, environment).sources().get(Source.S3).tables();
    }

    @Test
    void anEntryOfAListIsChangedOrAdded() {
        String file = "sinks: [{name: a, type: backend-quotas}]";
        Map<String, String> environment = Map.of(
                "WALTALLY_SINKS_0_LOCK_TIMEOUT", "1s",
                "WALTALLY_SINKS_1_NAME", "b",
                "WALTALLY_SINKS_1_TYPE", "notification-outbox",
                "WALTALLY_SINKS_1_ENDPOINTS_0_URL", "https://h.example/",
                "WALTALLY_SINKS_1_ENDPOINTS_0_EVENTS", "backend.*,s3:ObjectRemoved:*");
        assertThat(read(file, environment).sinks().sinks())
                .extracting(ConfiguredSink::name)
                .containsExactly("a", "b");
        assertThatThrownBy(() -> read(file, Map.of("WALTALLY_SINKS_2_NAME", "c")))
                .hasMessage("WALTALLY_SINKS_2_NAME sets no known key; did you mean WALTALLY_SINKS_0_NAME?");
    }

    @Test
    void userDefinedNamesMatchTheFileOrAreLowerCase() {
        Configuration configuration = read(
                """
                streams: {usage-limits: {My_Backend: {api-requests: 1}}}
                webhooks:
                  endpoints:
                    - url: https://h.example/
                      secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw]
                      headers: {X-Tenant: a}
                """,
                Map.of(
                        "WALTALLY_STREAMS_USAGE_LIMITS_MY_BACKEND_API_REQUESTS", "2",
                        "WALTALLY_STREAMS_USAGE_LIMITS_B2_EU_EGRESS_BYTES", "3",
                        "WALTALLY_WEBHOOKS_ENDPOINTS_0_HEADERS_X_TENANT", "b",
                        "WALTALLY_WEBHOOKS_ENDPOINTS_0_HEADERS_X_OTHER", "c",
                        "WALTALLY_KAFKA_SECURITY_PROTOCOL", "SSL",
                        "WALTALLY_STREAMS_PROPERTIES_NUM_STANDBY_REPLICAS", "2"));
        assertThat(configuration.streams().pipeline().usageLimits())
                .isEqualTo(Map.of("My_Backend", new UsageLimits(2, 0, 0), "b2-eu", new UsageLimits(0, 3, 0)));
        assertThat(configuration.webhooks().endpoints().get(0).headers())
                .isEqualTo(Map.of("X-Tenant", "b", "x-other", "c"));
        assertThat(configuration.kafka().properties()).containsEntry("security.protocol", "SSL");
        assertThat(configuration.streams().properties()).isEqualTo(Map.of("num.standby.replicas", "2"));
    }

    @Test
    void unknownVariablesAreRejectedUnlessReservedOrReferenced() {
        assertThatThrownBy(() -> read("", Map.of("WALTALLY_HTTP_PROT", "1")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("WALTALLY_HTTP_PROT sets no known key; did you mean WALTALLY_HTTP_PORT?");
        assertThatThrownBy(() -> read("", Map.of("WALTALLY_SOURCES_S4_URL", "x")))
                .hasMessageContaining(
                        "WALTALLY_SOURCES_S4_URL sets no known key; did you mean WALTALLY_SOURCES_S3_URL");
        // The launcher's, that of the log, and one that the file names.
        read(
                "sources: {s3: {password: '${WALTALLY_PASSWORD}'}}",
                Map.of("WALTALLY_JAVA_OPTS", "x", "WALTALLY_LOG_LEVEL", "DEBUG", "WALTALLY_PASSWORD", "x"));
    }

    @Test
    void excludedKeysAreReadFromNeitherFileNorEnvironment() throws IOException {
        Path file = Files.writeString(
                directory.resolve("waltally.yml"),
                "sources: {s3: {password: '${WALTALLY_PASSWORD}', user: a}}\nstreams: {replication-factor: 2}\n");
        LoadedConfiguration loaded = LoadedConfiguration.load(
                Optional.of(file),
                Map.of("kafka.bootstrap.servers", "own:1"),
                Map.of("WALTALLY_PASSWORD", "x", "WALTALLY_KAFKA_SECURITY_PROTOCOL", "SSL", "WALTALLY_HTTP_PORT", "1"),
                Set.of("kafka", "registry", "sources.s3.password", "streams.object-copies"));
        assertThat(loaded.leftOut()).containsExactly("kafka", "sources.s3.password", "streams.object-copies");
        Configuration configuration = loaded.configuration();
        assertThat(configuration.sources().get(Source.S3).account()).isEqualTo(new Account("a", new Secret("")));
        assertThat(configuration.kafka().properties()).isEqualTo(Map.of("bootstrap.servers", "own:1"));
        assertThat(configuration.streams().pipeline().replication().factor()).isEqualTo(1);
        assertThat(configuration.http().port()).isEqualTo(1);
    }

    @Test
    void theAddressesOfKubernetesServicesSetNothing() {
        Map<String, String> environment = Map.ofEntries(
                Map.entry("WALTALLY_SERVICE_HOST", "10.0.0.1"),
                Map.entry("WALTALLY_SERVICE_PORT", "8080"),
                Map.entry("WALTALLY_SERVICE_PORT_HTTP", "8080"),
                Map.entry("WALTALLY_PORT", "tcp://10.0.0.1:8080"),
                Map.entry("WALTALLY_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
                Map.entry("WALTALLY_PORT_8080_TCP_ADDR", "10.0.0.1"),
                // A service waltally-http.
                Map.entry("WALTALLY_HTTP_SERVICE_HOST", "10.0.0.2"),
                Map.entry("WALTALLY_HTTP_PORT", "tcp://10.0.0.2:8080"));
        assertThat(read("", environment).http().port()).isEqualTo(8080);
        assertThat(read("", Map.of("WALTALLY_HTTP_SERVICE_HOST", "10.0.0.2", "WALTALLY_HTTP_PORT", "1"))
                        .http()
                        .port())
                .isEqualTo(1);
    }

    private Configuration read(String yaml, Map<String, String> environment) {
        Path file = directory.resolve("waltally.yml");
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return Configuration.load(Optional.of(file), Map.of(), environment);
    }
}
