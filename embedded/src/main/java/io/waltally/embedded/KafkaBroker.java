package io.waltally.embedded;

import io.waltally.embedded.process.EmbeddedServerException;
import io.waltally.embedded.process.PortInUseException;
import io.waltally.embedded.process.Ports;
import io.waltally.embedded.process.ServerDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker that is its own KRaft controller, in this JVM. Topics are not created automatically; internal topics
 * have one replica. For tests that crash the broker there is {@link KafkaBrokerProcess}.
 */
public final class KafkaBroker implements AutoCloseable {
    static final String SERVICE = "Kafka";

    private static final Logger LOG = LoggerFactory.getLogger(KafkaBroker.class);
    private static final int FIRST_NODE = 1;
    private static final Set<String> LISTS =
            Set.of("listeners", "advertised.listeners", "listener.security.protocol.map");

    private final ServerDirectory directory;
    private final Optional<KafkaBroker> controller;
    private final int node;
    private final int port;
    private final Map<String, String> additional;
    private int controllerPort;
    private KafkaRaftServer server;

    private KafkaBroker(
            ServerDirectory directory,
            Optional<KafkaBroker> controller,
            int node,
            int port,
            Map<String, String> additional) {
        this.directory = directory;
        this.controller = controller;
        this.node = node;
        this.port = port;
        this.additional = Map.copyOf(additional);
        this.server = launch();
    }

    /**
     * Returns when the broker is ready.
     *
     * @throws PortInUseException if the requested port is in use
     * @throws EmbeddedServerException if it does not start
     */
    public static KafkaBroker start(ServerOptions options) {
        return start(options, Map.of());
    }

    /**
     * Returns when the broker is ready.
     *
     * @param additional settings of the broker; further {@code listeners}, {@code advertised.listeners} and entries of
     *     {@code listener.security.protocol.map} are added to its own
     */
    public static KafkaBroker start(ServerOptions options, Map<String, String> additional) {
        return start(options, Optional.empty(), FIRST_NODE, additional);
    }

    /**
     * Starts another broker of this one's cluster. It has no controller, so it is to be closed first.
     *
     * @param node its id, other than 1
     * @param additional as in {@link #start(ServerOptions, Map)}
     */
    public KafkaBroker startAnother(int node, Map<String, String> additional) {
        return start(ServerOptions.ephemeral(), Optional.of(this), node, additional);
    }

    private static KafkaBroker start(
            ServerOptions options, Optional<KafkaBroker> controller, int node, Map<String, String> additional) {
        ServerDirectory directory = ServerDirectory.open(SERVICE, options.dataDirectory());
        try {
            format(
                    directory.path(),
                    node,
                    controller
                            .map(KafkaBroker::clusterId)
                            .orElseGet(() -> Uuid.randomUuid().toString()));
            return Ports.listening(
                    SERVICE, options.port(), port -> new KafkaBroker(directory, controller, node, port, additional));
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    /** The value of {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return Ports.LOOPBACK + ":" + port;
    }

    private String clusterId() {
        Properties formatted = new Properties();
        try (InputStream file = Files.newInputStream(metaProperties(directory.path()))) {
            formatted.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return formatted.getProperty("cluster.id");
    }

    /** Stops the broker in order; data and port stay reserved for {@link #restart()}. */
    public synchronized void stop() {
        if (server != null) {
            server.shutdown();
            server.awaitShutdown();
            server = null;
        }
    }

    /** Starts again with the same data and port; stops a running broker first. */
    public synchronized void restart() {
        stop();
        server = Ports.listening(SERVICE, port, samePort -> launch());
    }

    /** Stops the broker and removes temporary data. */
    @Override
    public synchronized void close() {
        stop();
        directory.close();
    }

    private static Path logs(Path directory) {
        return directory.resolve("logs");
    }

    private static Path metaProperties(Path directory) {
        return logs(directory).resolve("meta.properties");
    }

    /** Formats a directory as {@code kafka-storage format} does, unless it is formatted. */
    private static void format(Path directory, int node, String cluster) {
        Path logs = logs(directory);
        if (Files.exists(metaProperties(directory))) {
            return;
        }
        try (PrintStream silent = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            // An interrupted format left no meta.properties, which is written last.
            ServerDirectory.deleteTree(logs);
            Files.createDirectories(logs);
            new Formatter()
                    .setPrintStream(silent)
                    .setClusterId(cluster)
                    .setNodeId(node)
                    .setControllerListenerName("CONTROLLER")
                    .setMetadataLogDirectory(logs.toString())
                    .addDirectory(logs.toString())
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                    .run();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + logs + ": " + e.getMessage(), e);
        } catch (Exception e) {
            throw new EmbeddedServerException("Kafka's storage could not be formatted: " + e.getMessage(), e);
        }
    }

    private KafkaRaftServer launch() {
        long began = System.nanoTime();
        KafkaRaftServer started = controller.isPresent()
                ? launch(controller.get().controllerPort)
                : Ports.listening("Kafka's controller", 0, this::launch);
        LOG.info(
                "Kafka on port {} after {} ms",
                port,
                Duration.ofNanos(System.nanoTime() - began).toMillis());
        return started;
    }

    private KafkaRaftServer launch(int quorumPort) {
        controllerPort = quorumPort;
        // Kafka would end the process after a failed start; this process is not Kafka's.
        synchronized (KafkaBroker.class) {
            Exit.setExitProcedure(KafkaBroker::refuseToExit);
            Exit.setHaltProcedure(KafkaBroker::refuseToExit);
            KafkaRaftServer starting = null;
            try {
                starting = new KafkaRaftServer(KafkaConfig.fromProps(settings(), false), Time.SYSTEM);
                starting.startup();
                return starting;
            } catch (RuntimeException e) {
                EmbeddedServerException failure =
                        new EmbeddedServerException("Kafka did not start: " + e.getMessage(), e);
                try {
                    if (starting != null) {
                        starting.shutdown();
                    }
                } catch (RuntimeException inShutdown) {
                    failure.addSuppressed(inShutdown);
                }
                throw failure;
            } finally {
                Exit.resetExitProcedure();
                Exit.resetHaltProcedure();
            }
        }
    }

    private static void refuseToExit(int status, String message) {
        throw new EmbeddedServerException(
                "Kafka gave up with status " + status + (message == null ? "" : ": " + message));
    }

    private Properties settings() {
        String own = "PLAINTEXT://" + Ports.LOOPBACK + ":" + port;
        String quorum = Ports.LOOPBACK + ":" + controllerPort;
        Properties settings = new Properties();
        settings.put("process.roles", controller.isPresent() ? "broker" : "broker,controller");
        settings.put("node.id", Integer.toString(node));
        settings.put("controller.quorum.voters", FIRST_NODE + "@" + quorum);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listeners", controller.isPresent() ? own : own + ",CONTROLLER://" + quorum);
        settings.put("advertised.listeners", own);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("log.dirs", logs(directory.path()).toString());
        settings.put("auto.create.topics.enable", "false");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "4");
        settings.put("group.initial.rebalance.delay.ms", "0");
        // After a crash the controller accepts the broker when its old session has expired.
        settings.put("broker.session.timeout.ms", "9000");
        settings.put("broker.heartbeat.interval.ms", "500");
        // A transaction that begins while the previous one is completed retries after this time.
        settings.put("add.partitions.to.txn.retry.backoff.ms", "5");
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        settings.put("background.threads", "2");
        // Enough for 600,000 keys in one pass of compaction; the default uses 128 MiB of heap.
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(16 * 1024 * 1024));
        additional.forEach((name, value) ->
                settings.merge(name, value, (before, more) -> LISTS.contains(name) ? before + "," + more : more));
        return settings;
    }
}
