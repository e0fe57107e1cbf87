package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
        try (Infrastructure first = startedInTime(InfrastructureOptions.in(directory))) {
            ProbedParent.write(first);
        }
        try (Infrastructure second = startedInTime(InfrastructureOptions.in(directory))) {
            assertAllIsKept(second);
        }
    }

    @Test
    void nothingOutlivesAKilledParentAndWhatItWroteIsKept() throws Exception {
        Path data = directory.resolve("data");
        killWhenWritten(data.toString());
        // At once: what the dead parent left behind may still be ending.
        try (Infrastructure next = startedInTime(InfrastructureOptions.in(data))) {
            assertAllIsKept(next);
        }
    }

    @Test
    void nothingTemporaryOutlivesAKilledParent() throws Exception {
        List<ProcessHandle> descendants = killWhenWritten();
        for (ProcessHandle descendant : descendants) {
            descendant.onExit().get(20, TimeUnit.SECONDS);
        }
        assertThat(descendants).hasSizeGreaterThan(6).noneMatch(ProcessHandle::isAlive);
        try (Stream<Path> left = Files.list(directory.resolve("tmp"))) {
            assertThat(left.filter(path -> path.getFileName().toString().startsWith("waltally")))
                    .isEmpty();
        }
    }

    @Test
    void closingLeavesNoProcess() {
        List<ProcessHandle> before = ProcessHandle.current().descendants().toList();
        Infrastructure infrastructure = Infrastructure.start(InfrastructureOptions.ephemeral());
        List<ProcessHandle> started =
                new ArrayList<>(ProcessHandle.current().descendants().toList());
        started.removeAll(before);
        infrastructure.close();
        assertThat(started).isNotEmpty().noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void aTakenPortIsNamedAndNothingStaysStarted() throws IOException {
        List<ProcessHandle> before = ProcessHandle.current().descendants().toList();
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = other.getLocalPort();
            assertTaken(new InfrastructureOptions(port, 0, 0, Optional.empty()), "PostgreSQL", port);
            assertTaken(new InfrastructureOptions(0, port, 0, Optional.empty()), "Kafka", port);
            assertTaken(new InfrastructureOptions(0, 0, port, Optional.empty()), "the schema registry", port);
        }
        List<ProcessHandle> after =
                new ArrayList<>(ProcessHandle.current().descendants().toList());
        after.removeAll(before);
        assertThat(after).isEmpty();
    }

    private static void assertTaken(InfrastructureOptions options, String service, int port) {
        assertThatThrownBy(() -> Infrastructure.start(options)).isInstanceOfSatisfying(PortInUseException.class, e -> {
            assertThat(e.service()).isEqualTo(service);
            assertThat(e.port()).isEqualTo(port);
        });
    }

    private static Infrastructure startedInTime(InfrastructureOptions options) {
        long began = System.nanoTime();
        Infrastructure infrastructure = Infrastructure.start(options);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(READY);
        return infrastructure;
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

    /** Kills a {@link ProbedParent} with SIGKILL as soon as it has written; returns the processes that it had started. */
    private List<ProcessHandle> killWhenWritten(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(JavaProgram.small("512m"));
        command.add("-Djava.io.tmpdir=" + Files.createDirectories(directory.resolve("tmp")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ProbedParent.class.getName()));
        command.addAll(List.of(arguments));
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
