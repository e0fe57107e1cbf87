package io.waltally.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.embedded.process.ChildProcess;
import io.waltally.embedded.process.JavaProgram;
import io.waltally.embedded.process.Ports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The servers end with the process that started them, even if it is killed. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class KilledParentIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    @Test
    void nothingOutlivesAKilledParentAndWhatItWroteIsKept() throws Exception {
        InfrastructureOptions options = new InfrastructureOptions(
                Ports.anyFree(), Ports.anyFree(), Ports.anyFree(), Optional.of(directory.resolve("data")));
        List<ProcessHandle> descendants = killWhenWritten(options);
        // At once, on the same ports and data: what the dead parent left behind may still be ending.
        try (Infrastructure next = Infrastructure.start(options)) {
            ProbedParent.assertAllIsKept(next);
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
