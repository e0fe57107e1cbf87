package io.waltally.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command that runs as a process of its own, until it is ended. */
final class CommandProcess {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Process process;
    private final Path errors;

    private CommandProcess(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
    }

    /** @param directory for what it prints */
    static CommandProcess start(Path directory, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.waltally.app.Main"));
        command.addAll(List.of(arguments));
        Path errors = Files.createTempFile(directory, "process", ".err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile())
                .start();
        return new CommandProcess(process, errors);
    }

    /** What it has logged. */
    String errors() {
        try {
            return Files.readString(errors);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** Waits until it has logged that. */
    CommandProcess awaitError(String text) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!errors().contains(text)) {
            assertThat(process.waitFor(20, TimeUnit.MILLISECONDS))
                    .as("ended: %s", errors())
                    .isFalse();
            assertThat(System.nanoTime()).as("no \"%s\" in %s", text, errors()).isLessThan(deadline);
        }
        return this;
    }

    /** SIGKILL; returns when it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM; it has to end with 0. */
    void stop() throws InterruptedException {
        // By signal only: Process.destroy would close the streams as well.
        assertThat(process.toHandle().destroy()).isTrue();
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("does not end: %s", errors())
                .isTrue();
        assertThat(process.exitValue()).as(errors()).isZero();
    }
}
