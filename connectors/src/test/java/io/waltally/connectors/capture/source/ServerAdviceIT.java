package io.waltally.connectors.capture.source;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.fixture.CapturedTopics;
import io.waltally.connectors.capture.source.Prerequisites.Problem;
import io.waltally.schemas.Source;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGProperty;

/** Checks that advice is not repeated after its remedy was executed. */
class ServerAdviceIT {
    private static final String RELOAD = "SELECT pg_reload_conf()";
    private static final String AND_RESTART = ", and restart the server";
    private static final String IN_REPLICATION = " in a replication connection, while capture is stopped";

    @TempDir
    private static Path directory;

    private static EmbeddedPostgres server;

    private final List<Connection> senders = new ArrayList<>();
    private Clock clock = Clock.systemUTC();

    @BeforeAll
    static void startServer() throws IOException, SQLException {
        server = start();
        execute("CREATE ROLE waltally LOGIN REPLICATION");
    }

    private static EmbeddedPostgres start() throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .setServerConfig("wal_level", "logical")
                .start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @AfterEach
    void reset() throws SQLException {
        closeSenders();
        execute(
                "ALTER SYSTEM RESET ALL",
                RELOAD,
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
    }

    private void closeSenders() throws SQLException {
        for (Connection sender : senders) {
            sender.close();
        }
        senders.clear();
    }

    @ParameterizedTest
    @EnumSource
    void anAdviceIsGivenUntilItsRemedyWasRun(ServerAdvice advice) throws Exception {
        assumeTrue(serverVersion() >= since(advice), "a setting of PostgreSQL " + since(advice));
        breakWhatItIsAbout(advice);
        CapturedTopics.waitFor("the advice", () -> given(advice).isPresent());
        Problem problem = given(advice).orElseThrow();
        run(problem.remedy());
        CapturedTopics.waitFor(
                problem.remedy() + " to help", () -> given(advice).isEmpty());
    }

    private static int since(ServerAdvice advice) {
        return switch (advice) {
            case SLOT_WITHOUT_FAILOVER, UNSYNCHRONIZED_STANDBYS -> 17;
            case IDLE_SLOT_TIMEOUT -> 18;
            default -> 14;
        };
    }

    private void breakWhatItIsAbout(ServerAdvice advice) throws SQLException {
        switch (advice) {
            case UNLIMITED_RETAINED_WAL -> execute("ALTER SYSTEM SET max_slot_wal_keep_size = -1", RELOAD);
            case IDLE_SLOT_TIMEOUT -> execute("ALTER SYSTEM SET idle_replication_slot_timeout = '90s'", RELOAD);
            case NO_FREE_SENDER -> useSenders(10);
            case SHORT_SENDER_TIMEOUT -> execute("ALTER ROLE waltally SET wal_sender_timeout = '1s'");
            case SLOT_WITHOUT_FAILOVER ->
                execute(
                        "SELECT pg_create_physical_replication_slot('standby')",
                        "SELECT pg_create_logical_replication_slot('waltally_s3', 'pgoutput')");
            case UNSYNCHRONIZED_STANDBYS ->
                execute(
                        "SELECT pg_create_physical_replication_slot('standby_1')",
                        "SELECT pg_create_physical_replication_slot('standby_2')");
            case FEW_CONNECTIONS_OF_ROLE -> execute("ALTER ROLE waltally CONNECTION LIMIT 5");
            case FEW_CONNECTIONS_OF_DATABASE -> execute("ALTER DATABASE postgres CONNECTION LIMIT 5");
            case EXPIRING_PASSWORD -> execute("ALTER ROLE waltally VALID UNTIL 'tomorrow'");
            case DIFFERENT_CLOCK -> clock = Clock.offset(clock, Duration.ofSeconds(-3));
        }
    }

    private void useSenders(int count) throws SQLException {
        for (int i = 0; i < count; i++) {
            senders.add(replicationConnection());
        }
    }

    private static Connection replicationConnection() throws SQLException {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, "postgres");
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        return DriverManager.getConnection(url(), properties);
    }

    /** A remedy is statements, and where they do not suffice, what to do besides. */
    private void run(String remedy) throws IOException, SQLException {
        if (remedy.equals("synchronize both by NTP")) {
            clock = Clock.systemUTC();
        } else if (remedy.endsWith(IN_REPLICATION)) {
            try (Connection connection = replicationConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(remedy.replace(IN_REPLICATION, ""));
            }
        } else {
            execute(remedy.replace(AND_RESTART, "").split("; "));
        }
        if (remedy.endsWith(AND_RESTART)) {
            int used = senders.size();
            closeSenders();
            server.close();
            server = start();
            useSenders(used);
        }
    }

    private Optional<Problem> given(ServerAdvice advice) {
        CaptureConfig config = CaptureConfig.of(Source.S3, new DatabaseLogin(url(), "waltally", Optional.empty()));
        try (Connection connection = config.database().connect()) {
            return advice.check(ServerSettings.read(config, connection, clock));
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static int serverVersion() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(), "postgres", "")) {
            return connection.getMetaData().getDatabaseMajorVersion();
        }
    }

    private static void execute(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(), "postgres", "");
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String url() {
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres";
    }
}
