package io.waltally.webhooks.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class EndpointLogTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final Logger logger = (Logger) LoggerFactory.getLogger(EndpointLog.class);
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
    private final EndpointLog log = new EndpointLog("crm");

    @BeforeEach
    void listen() {
        appender.start();
        logger.addAppender(appender);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(appender);
    }

    private List<String> lines() {
        return appender.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    @Test
    void anEndpointThatGoesDownAndComesBackIsOneLineEach() {
        for (int i = 0; i < 1_000; i++) {
            log.failed(NOON.plusSeconds(i), "HTTP 500");
        }
        assertThat(lines()).containsExactly("WARN webhook crm is down: HTTP 500");
        for (int i = 0; i < 1_000; i++) {
            log.succeeded(NOON.plusSeconds(1_000 + i));
        }
        assertThat(lines())
                .containsExactly(
                        "WARN webhook crm is down: HTTP 500",
                        "INFO webhook crm is back: 1000 requests failed in 1000 s");
    }

    @Test
    void anEndpointThatRefusesSomeEventsIsNotDown() {
        for (int i = 0; i < 1_000; i++) {
            log.failed(NOON.plusSeconds(i), "HTTP 400");
            log.succeeded(NOON.plusSeconds(i));
        }
        assertThat(lines()).isEmpty();
        assertThat(log.lastFailure().orElseThrow().reason()).isEqualTo("HTTP 400");
    }

    @Test
    void fewSlowFailuresAreAnEndpointThatIsDown() {
        log.failed(NOON, "no answer within 5000 ms");
        assertThat(lines()).isEmpty();
        log.failed(NOON.plusSeconds(10), "no answer within 5000 ms");
        assertThat(lines()).containsExactly("WARN webhook crm is down: no answer within 5000 ms");
    }

    @Test
    void deadLettersAreALinePerMinuteWithTheirNumber() {
        for (int i = 0; i < 100; i++) {
            log.deadLetter(NOON.plusSeconds(i), "evt_" + i, "HTTP 400");
        }
        assertThat(lines())
                .containsExactly(
                        "WARN webhook crm: evt_0 becomes a dead letter: HTTP 400",
                        "WARN webhook crm: evt_60 becomes a dead letter (59 others since the last line like this): HTTP"
                                + " 400");
    }
}
