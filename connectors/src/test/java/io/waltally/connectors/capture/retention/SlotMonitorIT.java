package io.waltally.connectors.capture.retention;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Against a server whose slot nobody reads. */
class SlotMonitorIT {
    private static final Logger LOG = (Logger) LoggerFactory.getLogger(SlotMonitor.class);

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private PostgresServer server;
    private SlotMonitor watch;
    private volatile CaptureState state = CaptureState.STREAMING;

    @BeforeEach
    void startServerWithSlot() throws SQLException {
        log.start();
        LOG.addAppender(log);
        server = PostgresServer.start(ServerOptions.ephemeral());
        sql("CREATE ROLE waltally LOGIN");
        sql("SELECT pg_create_logical_replication_slot('waltally_s3', 'pgoutput')");
        watch = new SlotMonitor(
                CaptureConfig.of(
                        Source.S3,
                        new DatabaseLogin(server.address().jdbcUrl("postgres"), "waltally", Optional.empty())),
                () -> state.leads());
        watch.start();
    }

    @AfterEach
    void stop() {
        watch.close();
        server.close();
        LOG.detachAppender(log);
    }

    @Test
    void whatIsRetainedIsMeasuredWhileThisProcessHasTheSourceAndAlsoAfterAFailure() throws Exception {
        await("measured", wal -> wal.server().slot().isPresent());
        assertThat(watch.latest().orElseThrow().server().keepLimit()).isEmpty();
        state = CaptureState.WAITING;
        waitFor("left to the other process", () -> watch.latest().isEmpty());
        state = CaptureState.FAILED;
        await("measured again", wal -> wal.server().slot().isPresent());
    }

    @Test
    void theWatchOutlivesACrashOfTheServer() throws Exception {
        await("measured", wal -> true);
        server.kill();
        waitFor("not measured", () -> watch.latest().isEmpty());
        server.restart();
        await("measured again", wal -> true);
    }

    @Test
    void approachingAndExceedingTheWalLimitIsLogged() throws Exception {
        sql("ALTER SYSTEM SET max_slot_wal_keep_size = '64MB'");
        sql("SELECT pg_reload_conf()");
        await("limit seen", wal -> wal.server().keepLimit().equals(Optional.of(64L << 20)));
        assertThat(slot().safeWalSize()).isPresent();
        // When
        writeWal(40);
        await("40 MiB retained", wal -> retained(wal) >= 40L << 20);
        waitFor(
                "warning",
                () -> logged("WARN").stream().anyMatch(line -> line.contains("% of max_slot_wal_keep_size")));
        writeWal(60);
        sql("CHECKPOINT");
        // Then
        await("lost", wal -> wal.server().slot().filter(ServerWal.Slot::lost).isPresent());
        boolean reported = serverVersion() >= 17;
        assertThat(slot().invalidationReason()).isEqualTo(reported ? Optional.of("wal_removed") : Optional.empty());
        assertThat(slot().failover()).isEqualTo(reported ? Optional.of(false) : Optional.empty());
        waitFor(
                "loss reported",
                () -> logged("ERROR")
                        .contains("capture of s3: slot waltally_s3 is lost" + (reported ? " (wal_removed)" : "")
                                + ": the server has removed WAL that it still needed"));
        assertThat(logged("WARN")).hasSize(1);
    }

    private void await(String what, Predicate<RetainedWal> condition) throws InterruptedException {
        waitFor(what, () -> watch.latest().filter(condition).isPresent());
    }

    private ServerWal.Slot slot() {
        return watch.latest().orElseThrow().server().slot().orElseThrow();
    }

    private static long retained(RetainedWal wal) {
        return wal.server().slot().flatMap(ServerWal.Slot::retainedBytes).orElse(0L);
    }

    private List<String> logged(String level) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLevel().toString().equals(level))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private void writeWal(int mebibytes) throws SQLException {
        for (int i = 0; i < mebibytes; i++) {
            sql("SELECT pg_logical_emit_message(false, 'test', repeat('x', 1048576))");
        }
    }

    private int serverVersion() throws SQLException {
        try (Connection connection = connect()) {
            return connection.getMetaData().getDatabaseMajorVersion();
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(server.address().jdbcUrl("postgres"), PostgresServer.USER, "");
    }

    private void sql(String text) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }
}
