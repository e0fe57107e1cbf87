package io.waltally.connectors.capture.crash;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A capture of the sync store in its own process, which can be killed and frozen. It ends with this JVM. */
public final class CaptureProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureProcess.class);
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final String STATUS = "status ";
    private static final int LINES_KEPT = 400;

    private final Process process;
    private final Thread reader;
    private final Deque<String> lines = new ArrayDeque<>();
    private volatile Status status = new Status(CaptureState.STARTING, Optional.empty());

    /** The last status that the process reported. */
    record Status(CaptureState state, Optional<Lsn> captured) {
        static Status parse(String text) {
            int space = text.indexOf(' ');
            return space < 0
                    ? new Status(CaptureState.valueOf(text), Optional.empty())
                    : new Status(
                            CaptureState.valueOf(text.substring(0, space)),
                            Optional.of(Lsn.parse(text.substring(space + 1))));
        }

        boolean reached(Lsn position) {
            return captured.filter(lsn -> lsn.compareTo(position) >= 0).isPresent();
        }
    }

    private CaptureProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "output-of-capture-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    public static CaptureProcess start(String jdbcUrl, String kafka, String registry, Duration transactionTimeout) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                jdbcUrl,
                kafka,
                registry,
                transactionTimeout.toString());
        try {
            return new CaptureProcess(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Status status() {
        return status;
    }

    /** Waits until the process says so of itself. */
    void await(String what, Predicate<Status> condition) throws InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.test(status)) {
            if (process.waitFor(10, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                throw new AssertionError(
                        "not " + what + " but " + status + (process.isAlive() ? "" : ", and ended") + ":\n" + output());
            }
        }
    }

    void awaitState(CaptureState state) throws InterruptedException {
        await(state.toString(), now -> now.state() == state);
    }

    /** Its exit status. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still running as " + status + ":\n" + output());
        }
        reader.join();
        return process.exitValue();
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** SIGSTOP: the process stands still, and its connections stay. */
    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** SIGCONT. */
    void wake() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("/bin/sh", "-c", "kill -s " + name + " " + process.pid())
                .start()
                .waitFor();
        if (exit != 0) {
            throw new AssertionError("kill -s " + name + " of process " + process.pid() + " failed: " + exit);
        }
    }

    /** Its last lines. */
    String output() {
        synchronized (lines) {
            return String.join("\n", lines);
        }
    }

    /** An orderly stop. */
    void stop() throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (awaitEnd() != 0) {
            throw new AssertionError("ended with " + process.exitValue() + ":\n" + output());
        }
    }

    @Override
    public void close() {
        kill();
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(STATUS)) {
                    status = Status.parse(line.substring(STATUS.length()));
                    continue;
                }
                LOG.info("{}: {}", process.pid(), line);
                synchronized (lines) {
                    if (lines.size() == LINES_KEPT) {
                        lines.removeFirst();
                    }
                    lines.addLast(line);
                }
            }
        } catch (IOException | UncheckedIOException closed) {
            LOG.debug("output of {} closed", process.pid());
        }
    }

    /** The program of the child process. It stops at the end of its standard input. */
    static final class Main {
        private static final Duration STATUS_INTERVAL = Duration.ofMillis(10);

        private Main() {}

        // The parent reads the standard output of this process to follow its status.
        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws InterruptedException {
            String registry = arguments[2];
            Capture capture = new Capture(
                    CaptureConfig.of(Source.SYNC, new DatabaseLogin(arguments[0], "waltally", Optional.empty())),
                    new KafkaTarget(
                            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes(registry)),
                            Map.of("bootstrap.servers", arguments[1]),
                            RegistryAccess.of(registry),
                            Duration.parse(arguments[3])));
            capture.start();
            Thread end = new Thread(() -> awaitEnd(System.in), "await-end");
            end.setDaemon(true);
            end.start();
            String said = "";
            while (end.isAlive()) {
                CaptureStatus now = capture.status();
                String line = STATUS
                        + now.state()
                        + now.captured().map(lsn -> " " + lsn).orElse("");
                if (!line.equals(said)) {
                    System.out.println(line);
                    said = line;
                }
                if (now.state() == CaptureState.FENCED || now.state() == CaptureState.FAILED) {
                    System.exit(1);
                }
                end.join(STATUS_INTERVAL.toMillis());
            }
            capture.close();
            System.exit(0);
        }

        private static void awaitEnd(InputStream input) {
            try {
                while (input.read() >= 0) {}
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
