package io.waltally.app.command.common;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogFormatTest {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private OutputStreamAppender<ILoggingEvent> appender;
    private Encoder<ILoggingEvent> text;

    @BeforeEach
    void find() {
        appender = (OutputStreamAppender<ILoggingEvent>) root.getAppender("stderr");
        text = appender.getEncoder();
    }

    @AfterEach
    void restore() {
        appender.stop();
        appender.setEncoder(text);
        appender.start();
    }

    @Test
    void anEventIsOneObjectWithItsMessageAndFailure() throws IOException {
        LogFormat.JSON.apply();
        // When
        byte[] line = appender.getEncoder().encode(event("source {} has \"two\" lines\n.", "s3"));
        // Then
        assertThat(new String(line, StandardCharsets.UTF_8))
                .containsOnlyOnce("\n")
                .endsWith("\n");
        JsonNode json = new ObjectMapper().readTree(line);
        assertThat(json.path("formattedMessage").asText()).isEqualTo("source s3 has \"two\" lines\n.");
        assertThat(json.path("level").asText()).isEqualTo("WARN");
        assertThat(json.path("loggerName").asText()).isEqualTo("io.waltally.test");
        assertThat(json.path("timestamp").asLong()).isPositive();
        assertThat(json.at("/throwable/message").asText()).isEqualTo("broken");
    }

    @Test
    void textIsTheDefault() {
        LogFormat.TEXT.apply();
        assertThat(appender.getEncoder()).isSameAs(text);
    }

    private static ILoggingEvent event(String message, Object argument) {
        Logger logger = (Logger) LoggerFactory.getLogger("io.waltally.test");
        return new ch.qos.logback.classic.spi.LoggingEvent(
                LogFormatTest.class.getName(),
                logger,
                ch.qos.logback.classic.Level.WARN,
                message,
                new IllegalStateException("broken"),
                new Object[] {argument});
    }
}
