package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.value.LogLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoggingSettingsTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(LogLevel.class)
    void everyLevelCanComeFromAFile(LogLevel level) throws IOException {
        assertThat(read("logging: {levels: {io.waltally: " + level + "}}").levels())
                .isEqualTo(Map.of("io.waltally", level));
    }

    @Test
    void theEnvironmentSetsOneLevelOrIsRefused() {
        assertThat(LoggingSettings.ofEnvironment(Map.of("WALTALLY_LOG_LEVEL", "warn"))
                        .levels())
                .isEqualTo(Map.of("io.waltally", LogLevel.WARN));
        assertThat(LoggingSettings.ofEnvironment(Map.of("WALTALLY_LOG_LEVEL", ""))
                        .levels())
                .isEmpty();
        assertThat(LoggingSettings.ofEnvironment(Map.of()).levels()).isEmpty();
        assertThatThrownBy(() -> LoggingSettings.ofEnvironment(Map.of("WALTALLY_LOG_LEVEL", "LOUD")))
                .isInstanceOf(ConfigException.class)
                .hasMessage("WALTALLY_LOG_LEVEL is \"LOUD\": must be one of OFF, ERROR, WARN, INFO, DEBUG, TRACE");
    }

    @Test
    void whatIsRefusedNamesKeyValueAndRule() {
        assertError("logging: {levels: {io.waltally: LOUD}}", "logging.levels.io.waltally", "LOUD", "OFF, ERROR, WARN");
        assertError(
                "logging: {levels: {io.waltally.audit: OFF}}", "logging.levels.io.waltally.audit", "always written");
        assertError("logging: {levels: {org.eclipse.jetty: TRACE}}", "logging.levels.org.eclipse.jetty", "tokens");
        assertError("logging: {level: DEBUG}", "logging.level is not a known key");
    }

    private void assertError(String yaml, String... parts) {
        assertThatThrownBy(() -> read(yaml)).isInstanceOf(ConfigException.class).hasMessageContainingAll(parts);
    }

    private LoggingSettings read(String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("waltally.yml"), yaml);
        return Configuration.load(Optional.of(file), Map.of(), Map.of()).logging();
    }
}
