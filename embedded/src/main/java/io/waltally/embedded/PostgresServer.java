package io.waltally.embedded;

import io.waltally.embedded.process.ChildProcess;
import io.waltally.embedded.process.EmbeddedServerException;
import io.waltally.embedded.process.PortInUseException;
import io.waltally.embedded.process.Ports;
import io.waltally.embedded.process.PreviousProcess;
import io.waltally.embedded.process.ServerDirectory;
import io.waltally.embedded.process.ServerProcess;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server as a child process, with {@code wal_level = logical} and the two databases of {@link
 * PostgresAddress}, which are created if they do not exist.
 *
 * <p>It listens on loopback and trusts local users. Commits are synchronous ({@code synchronous_commit = on}). With a
 * data directory they are flushed to disk. Without one {@code fsync} is off: a crash of the processes, {@link #kill()}
 * included, loses nothing, because written data is in the operating system; only a crash of the machine would.
 */
public final class PostgresServer extends ServerProcess {
    /** The superuser. */
    public static final String USER = "postgres";

    static final String SERVICE = "PostgreSQL";

    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(8);

    private PostgresServer(ServerDirectory directory, int port) {
        // "Fast": open transactions are rolled back.
        super(SERVICE, directory, port, "INT", STOP_TIMEOUT);
        begin();
    }

    /**
     * Returns when the server accepts connections and the databases exist.
     *
     * @throws PortInUseException if the requested port is in use
     * @throws EmbeddedServerException if it does not start, with the end of PostgreSQL's output
     */
    public static PostgresServer start(ServerOptions options) {
        ServerDirectory directory = ServerDirectory.open(SERVICE, options.dataDirectory());
        try {
            PreviousProcess.awaitEnd(cluster(directory).resolve("postmaster.pid"), "postgres");
            Ports.requireFree(SERVICE, options.port());
            initialize(directory);
            PostgresServer server =
                    Ports.listening(SERVICE, options.port(), port -> new PostgresServer(directory, port));
            try {
                createDatabases(server.address());
            } catch (EmbeddedServerException e) {
                server.kill();
                throw e;
            }
            return server;
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    public PostgresAddress address() {
        return new PostgresAddress(Ports.LOOPBACK, port(), USER);
    }

    @Override
    protected void discard(ChildProcess running) {
        // An immediate stop: temporary data needs no checkpoint. Ends all processes, as SIGKILL would not at once.
        running.stop("QUIT", STOP_TIMEOUT);
    }

    private static Path cluster(ServerDirectory directory) {
        return directory.path().resolve("cluster");
    }

    private static void initialize(ServerDirectory directory) {
        Path cluster = cluster(directory);
        if (Files.exists(cluster)) {
            requireSameVersion(cluster);
            return;
        }
        // Renamed when it is complete, so that an interrupted initdb is not taken for a cluster.
        Path unfinished = directory.path().resolve("cluster.unfinished");
        ServerDirectory.deleteTree(unfinished);
        List<String> command = program("initdb");
        command.addAll(List.of("--pgdata", unfinished.toString(), "--username", USER, "--auth", "trust"));
        command.addAll(List.of("--encoding", "UTF8", "--no-locale", "--no-instructions"));
        if (directory.isTemporary()) {
            command.add("--no-sync");
        }
        ChildProcess.run("initdb", directory.path(), command, START_TIMEOUT);
        try {
            Files.move(unfinished, cluster, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot rename " + unfinished + ": " + e.getMessage(), e);
        }
    }

    private static void requireSameVersion(Path cluster) {
        try {
            String version = Files.readString(cluster.resolve("PG_VERSION")).strip();
            String binaries = PostgresBinaries.majorVersion();
            if (!version.equals(binaries)) {
                throw new EmbeddedServerException(cluster + " is a cluster of PostgreSQL " + version + ", this is "
                        + binaries + "; choose another data directory");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(cluster + " is no PostgreSQL cluster: " + e.getMessage(), e);
        }
    }

    @Override
    protected ChildProcess launch() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("listen_addresses", Ports.LOOPBACK);
        settings.put("port", Integer.toString(port()));
        settings.put("unix_socket_directories", "");
        settings.put("max_connections", "200");
        settings.put("wal_level", "logical");
        settings.put("max_wal_senders", "20");
        settings.put("max_replication_slots", "20");
        settings.put("synchronous_commit", "on");
        settings.put("fsync", directory().isTemporary() ? "off" : "on");
        settings.put("timezone", "UTC");
        settings.put("log_timezone", "UTC");
        settings.put("jit", "off");
        if (Integer.parseInt(PostgresBinaries.majorVersion()) >= 18) {
            // Three processes fewer.
            settings.put("io_method", "sync");
        }
        // In the data directory(), so that a killed server leaves nothing in /dev/shm.
        settings.put("dynamic_shared_memory_type", "mmap");
        List<String> command = program("postgres");
        command.addAll(List.of("-D", cluster(directory()).toString()));
        settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));

        long began = System.nanoTime();
        ChildProcess process = ChildProcess.start(
                SERVICE, ChildProcess.LastSignal.QUIT, directory().path(), command);
        String ready = "database system is ready to accept "
                + (Files.exists(cluster(directory()).resolve("standby.signal"))
                        ? "read-only connections"
                        : "connections");
        process.awaitReady(() -> process.hasPrinted(ready), START_TIMEOUT);
        LOG.info(
                "PostgreSQL on port {} after {} ms",
                port(),
                Duration.ofNanos(System.nanoTime() - began).toMillis());
        return process;
    }

    /**
     * PostgreSQL refuses to run as root. In its own user namespace root is nobody, and still the owner of the files.
     */
    private static List<String> program(String name) {
        List<String> command = new ArrayList<>();
        if (LinuxUtils.isUnshareAvailable()) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(PostgresBinaries.unpacked().resolve("bin").resolve(name).toString());
        return command;
    }

    static void createDatabases(PostgresAddress address) {
        try (Connection connection = DriverManager.getConnection(address.jdbcUrl("postgres"), address.user(), "");
                Statement statement = connection.createStatement()) {
            for (String name : List.of(PostgresAddress.S3_DATABASE, PostgresAddress.SYNC_DATABASE)) {
                try (ResultSet existing =
                        statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
                    if (existing.next()) {
                        continue;
                    }
                }
                statement.execute("CREATE DATABASE " + name);
            }
        } catch (SQLException e) {
            throw new EmbeddedServerException("cannot create the databases: " + e.getMessage(), e);
        }
    }
}
