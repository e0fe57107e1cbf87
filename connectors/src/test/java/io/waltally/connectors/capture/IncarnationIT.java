package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.fixture.CapturedTopics.latest;
import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics.Captured;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A position belongs to one history: servers that are not those of the watermark, made by copying data directories.
 */
class IncarnationIT {
    private static final String BSOS = "sync.public.bsos";
    private static final String DATABASE = "syncstorage";

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    @TempDir
    private Path directory;

    private PostgresServer server;

    @BeforeEach
    void captureAServerOfItsOwn() throws Exception {
        server = PostgresServer.start(ServerOptions.in(directory.resolve("original")));
        migrate();
        sql("INSERT INTO user_collections VALUES (1, 1, now())");
        sql("INSERT INTO bsos SELECT 1, 1, 'old-' || i, null, 'x', now(), now() FROM generate_series(1, 20) i");
        Capture capture = sync.streaming();
        sync.awaitCaptured(capture);
        capture.close();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aRestoredCopyThatGrewPastTheWatermarkIsAnotherHistory() throws Exception {
        // Given
        copyTo("backup");
        Capture leader = sync.streaming();
        sql("INSERT INTO bsos SELECT 1, 1, 'lost-' || i, null, 'x', now(), now() FROM generate_series(1, 20) i");
        sql("DELETE FROM bsos WHERE bso_id IN ('old-1', 'old-2')");
        sync.awaitCaptured(leader);
        try (PostgresServer original = server) {
            // When it runs beside the server that is captured
            server = PostgresServer.start(ServerOptions.in(directory.resolve("backup")));
            reconnect();
            sql("INSERT INTO bsos SELECT 1, 1, 'other-' || i, null, 'y', now(), now() FROM generate_series(1, 300) i");
            assertThat(sync.walPosition().value())
                    .as("grown past it")
                    .isGreaterThan(sync.watermark().getLsn());
            // Then
            assertRefusedBeside(leader, original);
            leader.close();
        }
        // And when it is left alone
        assertTakenOn("another history");
    }

    private void assertRefusedBeside(Capture leader, PostgresServer original) throws Exception {
        Capture copy = sync.capture();
        waitFor("refused", () -> copy.status().state() == CaptureState.FAILED);
        assertThat(copy.status().reason().orElseThrow())
                .contains("another history", "Another process captures sync", "--force");
        copy.close();
        assertThatThrownBy(() -> Capture.declareEpoch(sync.config(), sync.target(), Optional.empty(), false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("another history", "Another process captures sync", "--force");
        long captured = leader.status().captured().orElseThrow().value();
        try (Connection connection =
                        DriverManager.getConnection(original.address().jdbcUrl(DATABASE), PostgresServer.USER, "");
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO bsos VALUES (1, 1, 'afterwards', null, 'x', now(), now())");
        }
        waitFor("goes on", () -> leader.status().captured().orElseThrow().value() > captured);
        assertThat(leader.status().state()).isEqualTo(CaptureState.STREAMING);
        assertThat(sync.readRaw(sync.catalogue().captureFailures().name()))
                .as("reasons for other processes")
                .allMatch(record -> record.value() == null);
    }

    @Test
    void aRestoredCopyThatIsBehindTheWatermarkIsAnotherHistory() throws Exception {
        // Given
        copyTo("backup");
        capturing(() -> sql("INSERT INTO bsos SELECT 1, 1, 'lost-' || i, null, repeat('x', 1000), now(), now()"
                + " FROM generate_series(1, 2000) i"));
        // When
        startFrom("backup");
        // Then
        assertTakenOn("its WAL ends at");
    }

    @Test
    void aCopyOfTheMomentOfTheWatermarkIsTheSameHistory() throws Exception {
        // Given
        copyTo("backup");
        // When
        startFrom("backup");
        sql("INSERT INTO bsos VALUES (1, 1, 'new', null, 'x', now(), now())");
        // Then
        Capture capture = sync.streaming();
        assertTopicEqualsTable(capture);
        assertThat(sync.watermark().getEpoch()).isZero();
    }

    @Test
    void aPromotedServerIsOnAnotherTimeline() throws Exception {
        // Given
        copyTo("standby");
        Path cluster = directory.resolve("standby").resolve("cluster");
        Files.writeString(
                cluster.resolve("postgresql.auto.conf"), "restore_command = 'false'\n", StandardOpenOption.APPEND);
        Files.createFile(cluster.resolve("recovery.signal"));
        // When
        startFrom("standby");
        // Then
        assertTakenOn("timeline 2, not 1");
    }

    @Test
    void aNewClusterHasAnotherSystemIdentifier() throws Exception {
        // When
        server.close();
        server = PostgresServer.start(ServerOptions.in(directory.resolve("new")));
        migrate();
        sql("INSERT INTO user_collections VALUES (1, 1, now())");
        sql("INSERT INTO bsos VALUES (1, 1, 'new', null, 'x', now(), now())");
        // Then
        assertTakenOn("system identifier");
    }

    @Test
    void aRecreatedSlotIsAheadOfTheWatermark() throws Exception {
        // When
        dropSlot();
        sql("DELETE FROM bsos WHERE bso_id = 'old-7'");
        sql("SELECT pg_create_logical_replication_slot('waltally_sync', 'pgoutput')");
        // Then
        assertTakenOn("ahead of what Kafka has");
    }

    @Test
    void aSlotThatTheServerGaveUpIsRepairedByANewEpoch() throws Exception {
        // When
        sql("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
        sql("SELECT pg_reload_conf()");
        sql("DELETE FROM bsos WHERE bso_id = 'old-7'");
        waitFor("the slot is lost", () -> {
            sql("SELECT pg_switch_wal()");
            sql(
                    "INSERT INTO bsos VALUES (1, 1, 'x', null, 'x', now(), now()) ON CONFLICT (user_id, collection_id, bso_id)"
                            + " DO UPDATE SET payload = excluded.payload || 'x'");
            sql("CHECKPOINT");
            return text("SELECT wal_status FROM pg_replication_slots").equals("lost");
        });
        // Then
        assertTakenOn("invalidated");
    }

    @Test
    void anEpochDeclaredWhileNobodyCapturesBeginsWithTheNextCapture() throws Exception {
        dropSlot();
        sql("DELETE FROM bsos WHERE bso_id = 'old-7'");
        assertThat(Capture.declareEpoch(sync.config(), sync.target(), Optional.empty(), false))
                .isEqualTo(1);
        Capture capture = sync.streaming();
        assertTopicEqualsTable(capture);
        assertThat(sync.watermark().getEpoch()).isEqualTo(1);
    }

    /** The source has stopped, nothing was published, and a new epoch makes the topic equal the table. */
    private void assertTakenOn(String why) throws Exception {
        Watermark before = sync.watermark();
        Capture capture = sync.capture();
        waitFor("stopped", () -> capture.status().state() == CaptureState.FAILED);
        assertThat(capture.status().reason())
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains(why).contains("waltally resume sync --new-epoch"));
        assertThat(sync.watermark()).isEqualTo(before);
        // When
        capture.resume(true, true);
        // Then
        CaptureFixture.awaitStreaming(capture);
        List<Captured> records = assertTopicEqualsTable(capture);
        assertThat(sync.watermark().getEpoch()).isEqualTo(before.getEpoch() + 1);
        assertThat(records.get(records.size() - 1).headers().epoch()).isEqualTo(before.getEpoch() + 1);
        // And streaming goes on from there
        sql("INSERT INTO bsos VALUES (1, 1, 'afterwards', null, 'x', now(), now())");
        assertTopicEqualsTable(capture);
    }

    private List<Captured> assertTopicEqualsTable(Capture capture) throws Exception {
        sync.awaitCaptured(capture);
        Set<String> table = new TreeSet<>();
        try (Statement statement = sync.writer().createStatement();
                ResultSet rows = statement.executeQuery("SELECT bso_id, payload FROM bsos")) {
            while (rows.next()) {
                table.add(rows.getString(1) + "=" + rows.getString(2));
            }
        }
        List<Captured> records = sync.read(BSOS).until(all -> rows(all).equals(table));
        assertThat(rows(records)).isEqualTo(table);
        return records;
    }

    private static Set<String> rows(List<Captured> records) {
        Set<String> rows = new TreeSet<>();
        latest(records, BSOS).values().forEach(row -> rows.add(row.get("bso_id") + "=" + row.get("payload")));
        return rows;
    }

    /** Does something while it is captured, up to its end. */
    private void capturing(Runnable action) throws Exception {
        Capture capture = sync.streaming();
        action.run();
        sync.awaitCaptured(capture);
        capture.close();
    }

    /** Which stays active for moments after its user has gone. */
    private void dropSlot() throws InterruptedException {
        waitFor(
                "released",
                () -> text("SELECT active FROM pg_replication_slots").equals("f"));
        sql("SELECT pg_drop_replication_slot('waltally_sync')");
    }

    private void migrate() throws SQLException {
        sync.useDatabase(server.address().jdbcUrl(DATABASE));
    }

    private void copyTo(String name) throws Exception {
        server.stop();
        copy(directory.resolve("original"), directory.resolve(name));
        server.restart();
        reconnect();
    }

    private void startFrom(String name) throws Exception {
        server.close();
        server = PostgresServer.start(ServerOptions.in(directory.resolve(name)));
        reconnect();
    }

    private void reconnect() throws SQLException {
        sync.useDatabase(server.address().jdbcUrl(DATABASE));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Path target = to.resolve(from.relativize(file));
                    if (Files.isDirectory(file)) {
                        Files.createDirectory(
                                target,
                                java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
                                        Files.getPosixFilePermissions(file)));
                    } else if (!file.getFileName().toString().endsWith(".pid")) {
                        Files.copy(file, target);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    private void sql(String text) {
        try {
            sync.sql(text);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private String text(String query) {
        try (Statement statement = sync.writer().createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
