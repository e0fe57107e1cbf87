package io.waltally.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.Installation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A command in a process of its own. */
final class CommandProcess {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String READY = "ready ";
    /** A benchmark with several starts takes a minute on an idle machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Process process;
    private final Path output;
    private final Path errors;

    private CommandProcess(Process process, Path output, Path errors) {
        this.process = process;
        this.output = output;
        this.errors = errors;
    }

    /** @param directory for its output */
    static CommandProcess start(Path directory, String... arguments) throws IOException {
        return start(directory, Path.of(System.getProperty("java.io.tmpdir")), arguments);
    }

    /**
     * @param directory for its output
     * @param temporary for its temporary files
     */
    static CommandProcess start(Path directory, Path temporary, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx768m",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                "io.waltally.app.Main"));
        command.addAll(List.of(arguments));
        return start(directory, new ProcessBuilder(command));
    }

    /**
     * Starts it as an installation does, by the launcher of the distribution.
     *
     * @param directory for its output and its cache
     * @param javaOptions separated by spaces
     */
    static CommandProcess startInstalled(Path directory, String javaOptions, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Installation.unpacked().resolve("bin/waltally").toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("XDG_CACHE_HOME", directory.resolve("cache").toString());
        builder.environment().put("WALTALLY_JAVA_OPTS", javaOptions);
        return start(directory, builder);
    }

    private static CommandProcess start(Path directory, ProcessBuilder builder) throws IOException {
        Path output = Files.createTempFile(directory, "process", ".out");
        Path errors = Files.createTempFile(directory, "process", ".err");
        Process process = builder.redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        return new CommandProcess(process, output, errors);
    }

    /** Its standard output so far. */
    String output() {
        return read(output);
    }

    /** Its log so far. */
    String errors() {
        return read(errors);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Waits until its log contains the text. */
    CommandProcess awaitError(String text) throws InterruptedException {
        await(text, this::errors);
        return this;
    }

    /** Waits until its standard output contains the text. */
    CommandProcess awaitOutput(String text) throws InterruptedException {
        await(text, this::output);
        return this;
    }

    /** The addresses that {@code infra} prints when it is ready. */
    JsonNode awaitReady() throws InterruptedException, IOException {
        await("\n", this::output);
        assertThat(output()).as(errors()).startsWith(READY);
        return JSON.readTree(output().substring(READY.length()));
    }

    private void await(String text, Supplier<String> printed) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!printed.get().contains(text)) {
            assertThat(process.waitFor(20, TimeUnit.MILLISECONDS)
                            && !printed.get().contains(text))
                    .as("ended: %s", errors())
                    .isFalse();
            assertThat(System.nanoTime()).as("no \"%s\" in %s", text, errors()).isLessThan(deadline);
        }
    }

    /** Waits until it has ended. */
    int exitCode() throws InterruptedException {
        return exitCode(PATIENCE);
    }

    /** Waits until it has ended, within that time. */
    int exitCode(Duration patience) throws InterruptedException {
        assertThat(process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS))
                .as("does not end within %s: %s", patience, errors())
                .isTrue();
        return process.exitValue();
    }

    /** The document that it prints; it has to end with 0. */
    JsonNode document() throws InterruptedException, IOException {
        assertThat(exitCode()).as("%s%n%s", output(), errors()).isZero();
        return JSON.readTree(output());
    }

    /** SIGTERM. */
    void terminate() {
        // By signal only: Process.destroy would close the streams as well.
        assertThat(process.toHandle().destroy()).isTrue();
    }

    /** SIGSEGV, as a fault of native code is; returns when it is gone. */
    void crash() throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-SEGV", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
        assertThat(exitCode(PATIENCE)).isNotZero();
    }

    /** SIGKILL; returns when it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM; it has to end with 0. */
    void stop() throws InterruptedException {
        stop(PATIENCE);
    }

    /** SIGTERM; it has to end with 0, within that time. */
    void stop(Duration patience) throws InterruptedException {
        terminate();
        assertThat(exitCode(patience)).as(errors()).isZero();
    }
}
