package io.waltally.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ExternalSystemsTest {
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ExternalSystems.class);

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
    }

    @Test
    void whatCannotBeReachedIsToldOnceWithAddressAndKeyAndWaitedFor() {
        // Given
        AtomicInteger attempts = new AtomicInteger();
        ExternalSystems systems = new ExternalSystems(List.of(system(() -> {
            if (attempts.incrementAndGet() < 3) {
                throw new UnreachableException("connection refused", false);
            }
        })));
        // When
        boolean reached = systems.await(new StopSignal());
        // Then
        assertThat(reached).isTrue();
        assertThat(messages())
                .containsExactly(
                        "cannot reach Kafka at localhost:9 (kafka.bootstrap.servers): connection refused; trying again"
                                + " until it answers",
                        "reached Kafka at localhost:9 (kafka.bootstrap.servers)");
        assertThat(systems.complaints()).isEmpty();
    }

    @Test
    void aServerThatAppearsButRefusesIsToldOnceMore() {
        // Given
        AtomicInteger attempts = new AtomicInteger();
        ExternalSystems systems = new ExternalSystems(List.of(system(() -> {
            throw attempts.incrementAndGet() < 3
                    ? new UnreachableException("connection refused", false)
                    : new UnreachableException("no such role", true);
        })));
        // When
        for (int i = 0; i < 6; i++) {
            assertThat(systems.check(new StopSignal())).isFalse();
        }
        // Then
        assertThat(messages()).hasSize(2);
        assertThat(messages().get(1)).contains("no such role");
        assertThat(systems.complaints()).singleElement().asString().contains("no such role");
    }

    @Test
    void theStopSignalEndsTheWait() {
        StopSignal stop = new StopSignal();
        ExternalSystems systems = new ExternalSystems(List.of(system(() -> {
            stop.request();
            throw new UnreachableException("connection refused", false);
        })));
        assertThat(systems.await(stop)).isFalse();
    }

    private static ExternalSystem system(ExternalSystem.Probe probe) {
        return new ExternalSystem("Kafka", "localhost:9", "kafka.bootstrap.servers", probe);
    }

    private List<String> messages() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
