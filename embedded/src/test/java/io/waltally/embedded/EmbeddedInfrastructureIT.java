package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.embedded.process.ChildProcess;
import io.waltally.embedded.process.PortInUseException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class EmbeddedInfrastructureIT {
    private static final Duration READY = Duration.ofSeconds(15);

    @TempDir
    Path directory;

    @Test
    void allThreeAreReadyInTimeAndKeepTheirDataAcrossARestart() throws Exception {
        Instant began = Instant.now();
        Duration fastest;
        try (Infrastructure first = Infrastructure.start(InfrastructureOptions.in(directory))) {
            fastest = Duration.between(began, Instant.now());
            ProbedParent.write(first);
        }
        began = Instant.now();
        try (Infrastructure second = Infrastructure.start(InfrastructureOptions.in(directory))) {
            // The faster of two, since other work on the machine may slow one of them down.
            fastest = Collections.min(List.of(fastest, Duration.between(began, Instant.now())));
            ProbedParent.assertAllIsKept(second);
        }
        assertThat(fastest).isLessThan(READY);
    }

    @Test
    void closingLeavesNoProcess() {
        List<ProcessHandle> before = ProcessHandle.current().descendants().toList();
        Infrastructure infrastructure = Infrastructure.start(InfrastructureOptions.ephemeral());
        List<ProcessHandle> started =
                new ArrayList<>(ProcessHandle.current().descendants().toList());
        started.removeAll(before);
        infrastructure.close();
        assertThat(started).isNotEmpty().allMatch(ChildProcess::isGone);
    }

    @Test
    void aTakenPortIsNamedAndNothingStaysStarted() throws IOException {
        List<ProcessHandle> before = ProcessHandle.current().descendants().toList();
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = other.getLocalPort();
            assertTaken(() -> PostgresServer.start(ServerOptions.ephemeral().onPort(port)), "PostgreSQL", port);
            assertTaken(() -> KafkaBroker.start(ServerOptions.ephemeral().onPort(port)), "Kafka", port);
            assertTaken(() -> KafkaBrokerProcess.start(ServerOptions.ephemeral().onPort(port)), "Kafka", port);
            assertTaken(
                    () -> Infrastructure.start(new InfrastructureOptions(0, 0, port, Optional.empty())),
                    "the schema registry",
                    port);
        }
        List<ProcessHandle> after =
                new ArrayList<>(ProcessHandle.current().descendants().toList());
        after.removeAll(before);
        assertThat(after).isEmpty();
    }

    private static void assertTaken(ThrowingCallable start, String service, int port) {
        assertThatThrownBy(start).isInstanceOfSatisfying(PortInUseException.class, e -> {
            assertThat(e.service()).isEqualTo(service);
            assertThat(e.port()).isEqualTo(port);
        });
    }
}
