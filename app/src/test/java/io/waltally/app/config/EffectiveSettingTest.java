package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.reading.EffectiveSetting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks the settings that {@code config show} prints. */
class EffectiveSettingTest {
    @TempDir
    private Path directory;

    @Test
    void everySettingHasItsValueAndWhereItComesFrom() throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), """
                http:
                  host: 127.0.0.2
                  port: ${PORT:9000}
                sources:
                  s3:
                    tables:
                      - object_locations
                      - backend_usage
                streams: {replication-factor: 2}
                """);
        Map<String, EffectiveSetting> settings = settings(LoadedConfiguration.load(
                Optional.of(file),
                Map.of("capture.grouping", "5ms"),
                Map.of("WALTALLY_TOPICS_PARTITIONS", "8"),
                Set.of()));
        assertShown(settings, "http.host", "127.0.0.2", "file", file + ":2");
        assertShown(settings, "http.port", "9000", "file", file + ":3");
        assertShown(settings, "sources.s3.tables", "object_locations, backend_usage", "file", file + ":7");
        assertShown(settings, "streams.object-copies", "2", "file", file + ":9");
        assertShown(settings, "topics.partitions", "8", "environment", "WALTALLY_TOPICS_PARTITIONS");
        assertShown(settings, "capture.grouping", "5ms", "flag", null);
        assertShown(settings, "capture.retained-wal-warning", "10GiB", "default", null);
        assertShown(settings, "streams.user-quota-bytes", "2000MiB", "default", null);
        assertShown(settings, "kafka.bootstrap.servers", "127.0.0.1:19092", "default", null);
        assertShown(settings, "sources.s3.slot", "waltally_s3", "default", null);
        assertShown(settings, "http.advertised", null, "default", null);
        assertThat(settings).doesNotContainKeys("sources.sync.url", "webhooks.endpoints", "sources.s3.password-file");
    }

    @Test
    void noSecretIsShown() throws IOException {
        PlantedSecrets secrets = new PlantedSecrets(directory);
        for (Map<String, String> values : List.of(secrets.withStores(), secrets.withToken())) {
            Map<String, EffectiveSetting> settings = settings(load(values, Map.of()));
            assertThat(settings.values())
                    .allSatisfy(
                            setting -> assertThat(setting.value().orElse("")).doesNotContain(secrets.texts()));
            assertThat(secrets.byKey().keySet())
                    .filteredOn(values::containsKey)
                    .allSatisfy(key -> assertThat(settings.get(key).value())
                            .contains(key.endsWith(".url") ? "https://127.0.0.1:1/***" : "***"));
        }
    }

    @Test
    void aSecretOfAFileOrAVariableIsNotShown() throws IOException {
        Path secret = Files.writeString(directory.resolve("secret"), "hidden");
        Map<String, EffectiveSetting> settings = settings(load(
                Map.of("sources.s3.admin.password-file", secret.toString()),
                Map.of("WALTALLY_SOURCES_S3_SINK_PASSWORD", "hidden")));
        assertThat(settings.values())
                .noneMatch(setting -> setting.value().orElse("").contains("hidden"));
        assertThat(settings.get("sources.s3.admin.password").value()).contains("***");
        assertThat(settings.get("sources.s3.sink.password").origin()).isEqualTo("environment");
    }

    /** With a file that has the values. */
    private LoadedConfiguration load(Map<String, String> values, Map<String, String> environment) throws IOException {
        // JSON is YAML.
        String json = new ObjectMapper().writeValueAsString(values);
        Path file = Files.writeString(directory.resolve("waltally.yml"), json);
        return LoadedConfiguration.load(Optional.of(file), Map.of(), environment, Set.of());
    }

    private static Map<String, EffectiveSetting> settings(LoadedConfiguration loaded) {
        return loaded.settings().stream().collect(Collectors.toMap(EffectiveSetting::key, Function.identity()));
    }

    private static void assertShown(
            Map<String, EffectiveSetting> settings, String key, String value, String origin, String location) {
        assertThat(settings.get(key))
                .isEqualTo(
                        new EffectiveSetting(key, Optional.ofNullable(value), origin, Optional.ofNullable(location)));
    }
}
