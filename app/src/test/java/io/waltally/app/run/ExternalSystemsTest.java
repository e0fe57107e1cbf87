package io.waltally.app.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.waltally.app.failure.ServerFailure;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ExternalSystemsTest {
    private static final String KAFKA = "Kafka at localhost:9 (kafka.bootstrap.servers)";

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
    void unreachableServerIsLoggedOnceAndAwaited() {
        // Given
        AtomicInteger attempts = new AtomicInteger();
        ExternalSystems systems = systems(() -> attempts.incrementAndGet() < 3 ? unreachable() : Optional.empty());
        // When
        boolean reached = systems.await(new StopSignal());
        // Then
        assertThat(reached).isTrue();
        assertThat(messages()).containsExactly(KAFKA + " does not answer: start it; trying again", "reached " + KAFKA);
        assertThat(systems.complaints()).isEmpty();
    }

    @Test
    void aServerThatAppearsButRefusesIsLoggedOnceMore() {
        // Given
        AtomicInteger attempts = new AtomicInteger();
        ExternalSystems systems = systems(() -> attempts.incrementAndGet() < 3 ? unreachable() : refused());
        // When
        for (int i = 0; i < 6; i++) {
            assertThat(systems.check(new StopSignal())).isFalse();
        }
        // Then
        assertThat(messages()).hasSize(2);
        assertThat(messages().get(1)).contains("refuses the login");
        assertThat(systems.complaints()).containsExactly(KAFKA + " refuses the login");
    }

    @Test
    void refusedLoginFailsTheStartButAnUnreachableServerDoesNot() {
        // Given
        StopSignal stop = new StopSignal();
        AtomicInteger attempts = new AtomicInteger();
        ExternalSystems away = new ExternalSystems(
                List.of(new ExternalSystem(KAFKA, () -> {
                    if (attempts.incrementAndGet() == 2) {
                        stop.request();
                    }
                    return unreachable();
                })),
                List.of(),
                Duration.ZERO);
        ExternalSystems refusing =
                new ExternalSystems(List.of(new ExternalSystem(KAFKA, () -> refused())), List.of(), Duration.ZERO);
        // Then
        assertThat(away.await(stop)).isFalse();
        assertThatThrownBy(() -> refusing.await(new StopSignal()))
                .isInstanceOf(StartException.class)
                .hasMessage(KAFKA + " refuses the login; given up after 0 s (capture.give-up-after)");
    }

    @Test
    void optionalServersDoNotDelayTheStart() {
        ExternalSystems systems =
                new ExternalSystems(List.of(), List.of(new ExternalSystem(KAFKA, () -> unreachable())), Duration.ZERO);
        assertThat(systems.await(new StopSignal())).isTrue();
        assertThat(systems.check(new StopSignal())).isFalse();
        assertThat(systems.complaints()).hasSize(1);
    }

    @Test
    void theStopSignalEndsTheWait() {
        StopSignal stop = new StopSignal();
        ExternalSystems systems = systems(() -> {
            stop.request();
            return unreachable();
        });
        assertThat(systems.await(stop)).isFalse();
    }

    private static ExternalSystems systems(ExternalSystem.Probe probe) {
        return new ExternalSystems(List.of(new ExternalSystem(KAFKA, probe)), List.of(), Duration.ofMinutes(1));
    }

    private static Optional<ServerFailure> unreachable() {
        return Optional.of(new ServerFailure(KAFKA, "does not answer: start it", false));
    }

    private static Optional<ServerFailure> refused() {
        return Optional.of(new ServerFailure(KAFKA, "refuses the login", true));
    }

    private List<String> messages() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
