package io.waltally.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link KafkaBroker} in a JVM of its own, on this JVM's classpath, which can crash and come back. */
public final class KafkaBrokerProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaBrokerProcess.class);
    private static final String READY = "waltally: the broker is ready";
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final ServerDirectory directory;
    private final int port;
    private ChildProcess process;

    private KafkaBrokerProcess(ServerDirectory directory, int port) {
        this.directory = directory;
        this.port = port;
        this.process = launch();
    }

    /**
     * Returns when the broker serves.
     *
     * @throws PortInUseException if the port that was asked for is taken
     * @throws EmbeddedServerException if it does not start, with its own last words
     */
    public static KafkaBrokerProcess start(ServerOptions options) {
        ServerDirectory directory = ServerDirectory.open(KafkaBroker.SERVICE, options.dataDirectory());
        try {
            PreviousProcess.awaitEnd(processIdFile(directory), "java");
            return Ports.listening(
                    KafkaBroker.SERVICE, options.port(), port -> new KafkaBrokerProcess(directory, port));
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    /** What clients call {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return Ports.LOOPBACK + ":" + port;
    }

    public boolean isRunning() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** An orderly stop; data and port stay reserved for {@link #restart()}. */
    public synchronized void stop() {
        process.stop("TERM", STOP_PATIENCE);
    }

    /** SIGKILL: a crash. Returns when the process is gone. */
    public synchronized void kill() {
        process.kill();
    }

    /** Starts again on the same data and port; a running broker is stopped first. */
    public synchronized void restart() {
        stop();
        process = Ports.listening(KafkaBroker.SERVICE, port, samePort -> launch());
    }

    /** Stops the broker. Temporary data are removed. */
    @Override
    public synchronized void close() {
        if (directory.isTemporary()) {
            process.kill();
        } else {
            stop();
        }
        directory.close();
    }

    private static Path processIdFile(ServerDirectory directory) {
        return directory.path().resolve("kafka.pid");
    }

    private ChildProcess launch() {
        List<String> command = new ArrayList<>(JavaProgram.small("512m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(
                Main.class.getName(), Integer.toString(port), directory.path().toString()));
        long began = System.nanoTime();
        ChildProcess started =
                ChildProcess.start(KafkaBroker.SERVICE, ChildProcess.LastSignal.KILL, directory.path(), command);
        PreviousProcess.record(processIdFile(directory), started.pid());
        started.awaitReady(() -> started.hasPrinted(READY), START_PATIENCE);
        LOG.info(
                "Kafka in process {} on port {} after {} ms",
                started.pid(),
                port,
                Duration.ofNanos(System.nanoTime() - began).toMillis());
        return started;
    }

    /** The child's program: port and directory are its arguments. */
    static final class Main {
        private Main() {}

        // The parent reads this process's standard output, which is how it learns that the broker is ready.
        @SuppressWarnings("SystemOut")
        public static void main(String[] arguments) throws InterruptedException {
            KafkaBroker broker = KafkaBroker.start(
                    new ServerOptions(Integer.parseInt(arguments[0]), Optional.of(Path.of(arguments[1]))));
            Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "stop-kafka"));
            System.out.println(READY);
            new CountDownLatch(1).await();
        }
    }
}
