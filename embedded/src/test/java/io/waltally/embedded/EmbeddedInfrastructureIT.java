package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.embedded.process.ChildProcess;
import io.waltally.embedded.process.JavaProgram;
import io.waltally.embedded.process.PortInUseException;
import io.waltally.embedded.process.Ports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 3, unit = TimeUnit.MINUTES)
class EmbeddedInfrastructureIT {
    private static final Duration READY = Duration.ofSeconds(15);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

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
            assertAllIsKept(second);
        }
        assertThat(fastest).isLessThan(READY);
    }

    @Test
    void nothingOutlivesAKilledParentAndWhatItWroteIsKept() throws Exception {
        InfrastructureOptions options = new InfrastructureOptions(
                Ports.anyFree(), Ports.anyFree(), Ports.anyFree(), Optional.of(directory.resolve("data")));
        List<ProcessHandle> descendants = killWhenWritten(options);
        // At once, on the same ports and data: what the dead parent left behind may still be ending.
        try (Infrastructure next = Infrastructure.start(options)) {
            assertAllIsKept(next);
            awaitTrue(() -> descendants.stream().allMatch(ChildProcess::isGone));
        } finally {
            descendants.forEach(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void nothingTemporaryOutlivesAKilledParent() throws Exception {
        List<ProcessHandle> descendants = killWhenWritten(InfrastructureOptions.ephemeral());
        try {
            awaitTrue(() -> descendants.stream().allMatch(ChildProcess::isGone));
        } finally {
            descendants.forEach(ProcessHandle::destroyForcibly);
        }
        awaitTrue(this::noTemporaryDirectoryIsLeft);
        assertThat(descendants).hasSizeGreaterThan(6);
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

    private boolean noTemporaryDirectoryIsLeft() {
        try (Stream<Path> left = Files.list(directory.resolve("tmp"))) {
            return left.noneMatch(path -> path.getFileName().toString().startsWith("waltally"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitTrue(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private static void assertTaken(ThrowingCallable start, String service, int port) {
        assertThatThrownBy(start).isInstanceOfSatisfying(PortInUseException.class, e -> {
            assertThat(e.service()).isEqualTo(service);
            assertThat(e.port()).isEqualTo(port);
        });
    }

    private static void assertAllIsKept(Infrastructure infrastructure) throws Exception {
        assertThat(Probe.query(infrastructure.postgres(), PostgresAddress.S3_DATABASE, "SELECT id FROM kept"))
                .isEqualTo("7");
        assertThat(Probe.committed(infrastructure.kafka())).containsExactly("kept");
        assertThat(Probe.lookUp(infrastructure.registry(), "kept-value", Probe.schema("kept"))
                        .statusCode())
                .isEqualTo(200);
        Probe.send(infrastructure.kafka(), true, "goes on");
    }

    /**
     * Kills a {@link ProbedParent} with SIGKILL as soon as it has written; returns the processes that it had started.
     */
    private List<ProcessHandle> killWhenWritten(InfrastructureOptions options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(JavaProgram.small("512m"));
        command.add("-Djava.io.tmpdir=" + Files.createDirectories(directory.resolve("tmp")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ProbedParent.class.getName()));
        for (int port : new int[] {options.postgresPort(), options.kafkaPort(), options.registryPort()}) {
            command.add(Integer.toString(port));
        }
        options.dataDirectory().ifPresent(data -> command.add(data.toString()));
        Process parent = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = parent.inputReader()) {
            assertThat(output.readLine()).startsWith(ProbedParent.READY);
            List<ProcessHandle> descendants = parent.descendants().toList();
            parent.destroyForcibly().waitFor();
            return descendants;
        } finally {
            parent.destroyForcibly();
        }
    }
}
