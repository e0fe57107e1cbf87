package io.waltally.embedded;

import io.waltally.embedded.process.ChildProcess;
import io.waltally.embedded.process.EmbeddedServerException;
import io.waltally.embedded.process.JavaProgram;
import io.waltally.embedded.process.PortInUseException;
import io.waltally.embedded.process.Ports;
import io.waltally.embedded.process.PreviousProcess;
import io.waltally.embedded.process.ServerDirectory;
import io.waltally.embedded.process.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link KafkaBroker} in its own JVM with this JVM's classpath, which can crash and restart. */
public final class KafkaBrokerProcess extends ServerProcess {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaBrokerProcess.class);
    private static final String READY = "waltally: the broker is ready";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private KafkaBrokerProcess(ServerDirectory directory, int port) {
        super(KafkaBroker.SERVICE, directory, port, "TERM", STOP_TIMEOUT);
        begin();
    }

    /**
     * Returns when the broker is ready.
     *
     * @throws PortInUseException if the requested port is in use
     * @throws EmbeddedServerException if it does not start, with the end of its output
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

    /** The value of {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return Ports.LOOPBACK + ":" + port();
    }

    private static Path processIdFile(ServerDirectory directory) {
        return directory.path().resolve("kafka.pid");
    }

    @Override
    protected ChildProcess launch() {
        List<String> command = new ArrayList<>(JavaProgram.small("512m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(
                Main.class.getName(),
                Integer.toString(port()),
                directory().path().toString()));
        long began = System.nanoTime();
        ChildProcess started = ChildProcess.start(
                KafkaBroker.SERVICE, ChildProcess.LastSignal.KILL, directory().path(), command);
        PreviousProcess.record(processIdFile(directory()), started.pid());
        started.awaitReady(() -> started.hasPrinted(READY), START_TIMEOUT);
        LOG.info(
                "Kafka in process {} on port {} after {} ms",
                started.pid(),
                port(),
                Duration.ofNanos(System.nanoTime() - began).toMillis());
        return started;
    }

    /** The program of the child process, with port and directory as its arguments. */
    static final class Main {
        private Main() {}

        // The parent reads the standard output of this process to learn that the broker is ready.
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
