package io.waltally.app.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.value.LogLevel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoggersTest {
    private final LoggerContext context = new LoggerContext();
    private final Loggers loggers = new Loggers(context);

    @Test
    void aConfiguredLevelHoldsForLoggersThatComeLater() {
        loggers.configure(Configuration.from(Map.of(
                        "logging.levels.root", "warn",
                        "logging.levels.io.waltally.connectors", "TRACE"))
                .logging());
        assertThat(context.getLogger("io.waltally.connectors.capture.Capture").isTraceEnabled())
                .isTrue();
        assertThat(context.getLogger("io.waltally.app.Main").isInfoEnabled()).isFalse();
        assertThat(loggers.levels()).isEqualTo(Map.of("root", LogLevel.WARN, "io.waltally.connectors", LogLevel.TRACE));
    }

    @Test
    void theLoggingConfigurationReadsNoVariable() throws JoranException {
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        context.putProperty("WALTALLY_LOG_LEVEL", "LOUD");
        // logback takes a level that it does not know for DEBUG.
        configurator.doConfigure(Path.of("src/main/resources/logback.xml").toFile());
        assertThat(loggers.levels()).containsEntry("io.waltally", LogLevel.INFO);
    }

    @Test
    void aLevelIsSetAndTakenAway() {
        context.getLogger("io.waltally.app.Main");
        assertThat(loggers.set("io.waltally", Optional.of(LogLevel.ERROR))).isEqualTo(LogLevel.ERROR);
        assertThat(context.getLogger("io.waltally.app.Main").isWarnEnabled()).isFalse();
        assertThat(loggers.set("root", Optional.of(LogLevel.INFO))).isEqualTo(LogLevel.INFO);
        assertThat(loggers.set("io.waltally", Optional.empty())).isEqualTo(LogLevel.INFO);
        assertThat(context.getLogger("io.waltally.app.Main").isInfoEnabled()).isTrue();
    }

    @Test
    void aMistypedNameIsNoNewLogger() {
        context.getLogger("io.waltally.connectors.capture.Capture");
        assertThatThrownBy(() -> loggers.set("io.waltally.conectors", Optional.of(LogLevel.DEBUG)))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("did you mean io.waltally.connectors?");
        assertThat(context.exists("io.waltally.conectors")).isNull();
    }

    @Test
    void theAuditLogStaysAndTokensAreNotLogged() {
        context.getLogger("io.waltally.audit");
        context.getLogger("org.eclipse.jetty.server.HttpChannel");
        assertThatThrownBy(() -> loggers.set("io.waltally.audit", Optional.of(LogLevel.OFF)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("always written");
        for (Optional<LogLevel> level : List.of(Optional.of(LogLevel.DEBUG), Optional.<LogLevel>empty())) {
            assertThatThrownBy(() -> loggers.set("org.eclipse.jetty.server.HttpChannel", level))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("tokens");
        }
        assertThatThrownBy(() -> loggers.set("root", Optional.empty())).hasMessageContaining("must have a level");
    }
}
