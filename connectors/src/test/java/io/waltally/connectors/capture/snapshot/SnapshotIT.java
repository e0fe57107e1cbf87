package io.waltally.connectors.capture.snapshot;

import static io.waltally.connectors.capture.fixture.CapturedTopics.latest;
import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics.Captured;
import io.waltally.schemas.Source;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

class SnapshotIT {
    private static final String BSOS = "sync.public.bsos";

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    @BeforeEach
    void makeACollection() throws Exception {
        sync.sql("INSERT INTO user_collections VALUES (1, 1, now())");
    }

    @Test
    void aSnapshotThatIsCutOffGoesOnWhereItWasAndLeavesNoGhosts() throws Exception {
        // Given
        bsos(1, 5_000);
        sync.configure(config -> config.withGrouping(config.grouping(), 200));
        Capture first = sync.capture();
        waitFor("some rows", () -> rowsRead(first, "bsos") >= 600);
        first.close();
        long readBefore = rowsRead(first, "bsos");
        assertThat(readBefore).isLessThan(5_000);
        // When
        sync.sql("DELETE FROM bsos WHERE bso_id <= '00000100'");
        sync.sql("UPDATE bsos SET payload = 'after' WHERE bso_id LIKE '%7'");
        bsos(5_001, 5_100);
        Capture second = sync.streaming();
        sync.sql("DELETE FROM bsos WHERE bso_id LIKE '%3'");
        // Then
        assertTopicEqualsTable(second);
        List<Captured> records = read(5_000);
        Map<String, Long> reads = records.stream()
                .filter(record -> record.operation().equals("r"))
                .collect(Collectors.groupingBy(Captured::key, Collectors.counting()));
        assertThat(reads.values()).as("no row was read twice").allMatch(count -> count == 1);
    }

    @Test
    void tablesWithoutRowsShareALineOfTheLog() throws Exception {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(Snapshots.class);
        logged.start();
        logger.addAppender(logged);
        try {
            // Given
            for (String table : List.of("notes", "marks")) {
                sync.sql("CREATE TABLE " + table + " (id int PRIMARY KEY)");
                sync.captureAlso(table);
            }
            // When
            Capture capture = sync.streaming();
            // Then
            assertThat(List.copyOf(logged.list))
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .contains("snapshot of sync.user_collections is complete: 1 row")
                    .filteredOn(line -> line.contains("no row"))
                    .singleElement(STRING)
                    .startsWith("snapshot of sync: 3 tables have no rows: ")
                    .contains("bsos", "notes", "marks");
            capture.snapshot("notes", List.of(), List.of());
            waitFor(
                    "the answer to a request",
                    () -> List.copyOf(logged.list).stream()
                            .map(ILoggingEvent::getFormattedMessage)
                            .anyMatch("snapshot of sync.notes is complete: 0 rows"::equals));
        } finally {
            logger.detachAppender(logged);
        }
    }

    @Test
    void aKeyThatChangesWhileASnapshotIsCutOffStopsTheSource() throws Exception {
        // Given
        sync.sql("CREATE TABLE notes (id int PRIMARY KEY)");
        sync.sql("INSERT INTO notes SELECT generate_series(1, 5000)");
        sync.captureAlso("notes");
        sync.configure(config -> config.withGrouping(config.grouping(), 100));
        Capture first = sync.capture();
        waitFor("some rows", () -> rowsRead(first, "notes") >= 300);
        first.close();
        assertThat(rowsRead(first, "notes")).isLessThan(5000);
        sync.configure(config -> config.withGrouping(config.grouping(), 20_000));
        // When
        sync.sql("DELETE FROM notes WHERE id <= 100");
        sync.sql("ALTER TABLE notes ALTER id TYPE bigint");
        Capture second = sync.capture();
        // Then
        waitFor("stopped", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason().orElseThrow())
                .contains("table notes", "primary key was (id int) and is (id long)", "--new-epoch");
        second.resume(true, false);
        CaptureFixture.awaitStreaming(second);
        sync.awaitCaptured(second);
        // By their bytes: as text, the former keys equal those of now.
        Set<ByteBuffer> keys = new HashSet<>();
        sync.readRaw("sync.public.notes").forEach(record -> {
            ByteBuffer key = ByteBuffer.wrap(record.key());
            if (record.value() == null) {
                keys.remove(key);
            } else {
                keys.add(key);
            }
        });
        assertThat(keys).hasSize(4900);
    }

    /** A chunk begins after the last key of the one before, which has to keep its value as a parameter of a query. */
    @Test
    void tablesAreReadInChunksWhateverTheTypeOfTheirKey() throws Exception {
        // Given
        sync.sql("CREATE TYPE \"Mood-of-day\" AS ENUM ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')");
        sync.sql("CREATE DOMAIN \"order\" AS numeric(6, 2)");
        sync.sql("CREATE SCHEMA elsewhere; GRANT USAGE ON SCHEMA elsewhere TO waltally;"
                + " CREATE DOMAIN elsewhere.code AS char(6)");
        Map<String, String> keys = Map.ofEntries(
                Map.entry("bytea", "decode(lpad(to_hex(i * 8), 4, '0'), 'hex')"),
                Map.entry("bit(8)", "i::bit(8)"),
                Map.entry("\"Mood-of-day\"", "(i % 10)::text::\"Mood-of-day\""),
                Map.entry("\"order\"", "i / 100.0"),
                Map.entry("elsewhere.code", "'c' || i"),
                Map.entry("timestamp", "'2024-03-31'::timestamp + i * '1 hour 1 microsecond'::interval"),
                Map.entry("timestamptz", "'1850-10-27'::timestamptz + i * '1 hour 1 microsecond'::interval"),
                Map.entry("time", "'01:00'::time + i * '1 microsecond'::interval"),
                Map.entry("interval", "i * '1 month -1 day 1 second'::interval"),
                Map.entry("float8", "i / 3.0::float8"),
                Map.entry("uuid", "lpad(i::text, 32, '0')::uuid"),
                Map.entry("inet", "'10.0.0.0/8'::inet + i"));
        List<String> tables = new ArrayList<>();
        for (Map.Entry<String, String> key : keys.entrySet()) {
            String table = "keyed_" + tables.size();
            tables.add(table);
            sync.sql("CREATE TABLE " + table + " (k " + key.getKey() + ", i int, PRIMARY KEY (k, i))");
            sync.sql("INSERT INTO " + table + " SELECT " + key.getValue() + ", i FROM generate_series(1, 30) i");
        }
        sync.captureAlso(tables.toArray(String[]::new));
        sync.configure(config -> config.withGrouping(config.grouping(), 3));
        // When
        Capture capture = sync.streaming();
        sync.awaitCaptured(capture);
        // Then
        for (String table : tables) {
            assertThat(sync.read("sync.public." + table).all().stream()
                            .map(record -> (Integer) record.after().get("i"))
                            .sorted()
                            .toList())
                    .as("%s", keys.keySet().stream().skip(tables.indexOf(table)).findFirst())
                    .isEqualTo(IntStream.rangeClosed(1, 30).boxed().toList());
        }
    }

    @Test
    void aTableIsReadAgainWhileItIsWrittenTo() throws Exception {
        // Given
        long seed = System.nanoTime();
        System.err.println("seed " + seed);
        sync.configure(config -> config.withSnapshotChunkRows(50));
        bsos(1, 2_000);
        Capture capture = sync.streaming();
        sync.awaitCaptured(capture);
        long before = records();
        AtomicBoolean enough = new AtomicBoolean();
        ExecutorService writers = Executors.newFixedThreadPool(2);
        Future<?> one = writers.submit(() -> write(new Random(seed), enough));
        Future<?> other = writers.submit(() -> write(new Random(seed + 1), enough));
        // When
        capture.snapshot("bsos", List.of(), List.of());
        waitFor("complete", () -> capture.status().snapshots().isEmpty());
        enough.set(true);
        one.get();
        other.get();
        writers.shutdown();
        // Then
        assertTopicEqualsTable(capture);
        assertThat(records()).isGreaterThan(before + 1_500);
        assertNothingWasReadAheadOfTheStream(read((int) records()));
        assertThat(capture.status().state()).isEqualTo(CaptureState.STREAMING);
    }

    @Test
    void aRowThatTheTopicHasAndTheTableHasNotBecomesATombstone() throws Exception {
        // Given
        bsos(1, 100);
        Capture capture = sync.streaming();
        sync.awaitCaptured(capture);
        Captured of50 = read(100).stream()
                .filter(record -> record.key().contains("00000050"))
                .findFirst()
                .orElseThrow();
        sync.sql("DELETE FROM bsos WHERE bso_id = '00000050'");
        sync.awaitCaptured(capture);
        writeAgain(of50);
        assertThat(latest(read(102), BSOS)).hasSize(100);
        // When
        capture.snapshot("bsos", List.of(), List.of());
        waitFor("complete", () -> capture.status().snapshots().isEmpty());
        // Then
        assertTopicEqualsTable(capture);
    }

    @Test
    void aRangeOfKeysIsReadAndNothingElse() throws Exception {
        // Given
        sync.sql("INSERT INTO user_collections VALUES (2, 1, now()), (3, 1, now())");
        for (int user = 1; user <= 3; user++) {
            sync.sql("INSERT INTO bsos SELECT " + user
                    + ", 1, i::text, null, 'x', now(), now() FROM generate_series(1, 10) i");
        }
        Capture capture = sync.streaming();
        sync.awaitCaptured(capture);
        long before = records();
        // When
        capture.snapshot("bsos", List.of("2", "1", "5"), List.of("3"));
        waitFor("complete", () -> capture.status().snapshots().isEmpty());
        // Then
        List<Captured> read = sync.read(BSOS).until(all -> all.size() >= before + 5);
        assertThat(read.stream()
                        .filter(record -> record.operation().equals("r"))
                        .filter(record -> record.headers().sequence() > 0)
                        .map(record -> record.after().get("user_id") + "/"
                                + record.after().get("bso_id"))
                        .skip(30))
                .containsExactlyInAnyOrder("2/5", "2/6", "2/7", "2/8", "2/9");
    }

    @Test
    void whatCannotBeReadIsRefusedAtOnce() throws Exception {
        Capture capture = sync.streaming();
        assertThatThrownBy(() -> capture.snapshot("batches", List.of(), List.of()))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessageContaining("batches of sync is not captured")
                .hasMessageContaining("bsos");
    }

    @Test
    void aSnapshotThatFailsIsGivenUpAndTheStreamGoesOn() throws Exception {
        Capture capture = sync.streaming();
        String seen = "INSERT INTO collections (collection_id, name) VALUES (%d, 'c%<d')";
        sync.sql(seen.formatted(3001));
        sync.awaitCaptured(capture);
        // When: the right to read goes while the snapshot waits for the table
        sync.sql("BEGIN; LOCK TABLE collections IN ACCESS EXCLUSIVE MODE");
        String refused = capture.snapshot("collections", List.of("3001"), List.of());
        sync.sql("REVOKE SELECT ON collections FROM waltally; COMMIT");
        // Then
        waitFor("failed", () -> !capture.status().failedSnapshots().isEmpty());
        assertThat(capture.status().failedSnapshots()).singleElement().satisfies(failed -> {
            assertThat(failed.request()).contains(refused);
            assertThat(failed.table()).isEqualTo("collections");
            assertThat(failed.from()).containsExactly("3001");
            assertThat(failed.reason()).contains("permission denied");
        });
        assertThat(capture.status().snapshots()).isEmpty();
        sync.sql(seen.formatted(3002));
        sync.awaitCaptured(capture);
        assertThat(capture.status().state()).isEqualTo(CaptureState.STREAMING);
        // And it may be asked for again
        sync.sql("GRANT SELECT ON collections TO waltally");
        capture.snapshot("collections", List.of("3001"), List.of());
        waitFor("read", () -> capture.status().snapshots().isEmpty());
        assertThat(capture.status().failedSnapshots()).hasSize(1);
        // When: a value is lost on the server's disk
        sync.sql("INSERT INTO bsos SELECT 1, 1, 'lost', null, string_agg(md5(i::text), ''), now(), now()"
                + " FROM generate_series(1, 1000) i");
        sync.awaitCaptured(capture);
        loseToastedValuesOfBsos();
        capture.snapshot("bsos", List.of(), List.of());
        // Then
        waitFor("failed", () -> capture.status().failedSnapshots().size() == 2);
        assertThat(capture.status().failedSnapshots().get(1).reason()).contains("for toast value");
        sync.sql(seen.formatted(3003));
        sync.awaitCaptured(capture);
        assertThat(capture.status().state()).isEqualTo(CaptureState.STREAMING);
    }

    /** PostgreSQL lets nobody delete from a TOAST table, except while its catalog says that it is none. */
    private void loseToastedValuesOfBsos() throws SQLException {
        sync.sql("""
                DO $$
                DECLARE toast regclass := (SELECT reltoastrelid FROM pg_class WHERE relname = 'bsos');
                BEGIN
                    UPDATE pg_class SET relkind = 'r' WHERE oid = toast;
                    EXECUTE 'DELETE FROM ' || toast;
                    UPDATE pg_class SET relkind = 't' WHERE oid = toast;
                END $$""");
        // Until then a deleted chunk is still read.
        sync.sql("VACUUM bsos");
    }

    /** As after the loss of a connection: what the session that accepted it had not committed is read by the next one. */
    @Test
    void aRequestOutlivesTheSessionThatAcceptedIt() throws Exception {
        Capture capture = sync.streaming();
        bsos(1, 100);
        sync.awaitCaptured(capture);
        long before = records();
        // When: a lock keeps it from being read, and the server ends the sessions of capture
        sync.sql("BEGIN; LOCK TABLE bsos IN ACCESS EXCLUSIVE MODE");
        String request = capture.snapshot("bsos", List.of(), List.of());
        sync.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'waltally'");
        waitFor("it starts again", () -> capture.status().state() == CaptureState.STARTING);
        sync.sql("COMMIT");
        // Then
        waitFor("complete", () -> {
            assertThat(capture.status().state() == CaptureState.STREAMING
                            && capture.status().snapshots().isEmpty()
                            && capture.status().completedSnapshots().isEmpty())
                    .as("lost")
                    .isFalse();
            return !capture.status().completedSnapshots().isEmpty();
        });
        assertThat(capture.status().completedSnapshots()).singleElement().satisfies(complete -> {
            assertThat(complete.request()).isEqualTo(request);
            assertThat(complete.rows()).isEqualTo(100);
        });
        assertThat(capture.status().snapshots()).isEmpty();
        assertThat(records()).isGreaterThanOrEqualTo(before + 100);
    }

    @Test
    void invalidKeyRangeIsRejectedAndStreamingContinues() throws Exception {
        Capture capture = sync.streaming();
        Map<String, List<List<String>>> refused = Map.of(
                "from is no value of column user_id (bigint)", List.of(List.of("abc"), List.of()),
                "to is no value of column collection_id (integer)", List.of(List.of(), List.of("1", "2147483648")),
                "bso_id (text) of bsos: ERROR: invalid byte sequence", List.of(List.of("1", "1", "\0"), List.of()),
                "from has 4 values", List.of(List.of("1", "2", "3", "4"), List.of()),
                "from 5 to 5", List.of(List.of("5"), List.of("5")),
                "from 5, 1 to 5", List.of(List.of("5", "1"), List.of("5")),
                "from 10 to 9", List.of(List.of("10"), List.of("9")));
        refused.forEach(
                (message, range) -> assertThatThrownBy(() -> capture.snapshot("bsos", range.get(0), range.get(1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(message)
                        .hasMessageNotContaining("\n"));
        // As of types and domains that refuse values with other errors than those of SQL's own types
        sync.sql("""
                CREATE FUNCTION is_even(number integer) RETURNS boolean LANGUAGE plpgsql AS $$
                BEGIN
                    IF number % 2 = 1 THEN RAISE EXCEPTION '% is odd', number; END IF;
                    RETURN true;
                END $$;
                CREATE DOMAIN even AS integer CHECK (is_even(VALUE));
                CREATE TABLE named (id regclass, number even, note text, PRIMARY KEY (id, number) INCLUDE (note))""");
        Map.of(
                        "from is no value of column id (regclass) of named: ERROR: relation", List.of("nothing"),
                        "from is no value of column number (even) of named: ERROR: 3 is odd", List.of("bsos", "3"),
                        "from has 3 values, but the primary key of named has 2 columns", List.of("bsos", "2", "x"))
                .forEach((message, from) -> assertThatThrownBy(
                                () -> KeyRange.require(sync.config().database(), "named", from, List.of()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(message));
        capture.snapshot("bsos", List.of("9"), List.of("10"));
        capture.snapshot("bsos", List.of("5"), List.of("5", "1"));
        bsos(1, 10);
        sync.awaitCaptured(capture);
        assertTopicEqualsTable(capture);
    }

    @Test
    void aTableThatJoinsThePublicationIsReadAndThenStreamed() throws Exception {
        // Given
        sync.sql("CREATE TABLE notes (id int PRIMARY KEY, text text)");
        sync.sql("GRANT SELECT ON notes TO waltally");
        sync.sql("INSERT INTO notes SELECT i, 'old' FROM generate_series(1, 500) i");
        Capture capture = sync.streaming();
        // When
        sync.sql("ALTER PUBLICATION waltally_sync ADD TABLE notes");
        sync.sql("INSERT INTO notes SELECT i, 'new' FROM generate_series(501, 600) i");
        waitFor(
                "the table is captured",
                () -> sync.watermark().getSnapshot().getTables().contains("notes"));
        sync.sql("DELETE FROM notes WHERE id <= 10");
        sync.sql("UPDATE notes SET text = 'changed' WHERE id % 100 = 0");
        // Then
        sync.awaitCaptured(capture);
        String topic = "sync.public.notes";
        Map<String, GenericRecord> rows = latest(
                sync.read(topic)
                        .until(all -> latest(all, topic).size() == 590
                                && latest(all, topic).values().stream()
                                                .filter(row -> row.get("text")
                                                        .toString()
                                                        .equals("changed"))
                                                .count()
                                        == 6),
                topic);
        assertThat(rows).hasSize(590);
        // And when it leaves and comes back, what happened meanwhile is not missed
        sync.sql("ALTER PUBLICATION waltally_sync DROP TABLE notes");
        waitFor(
                "it is not captured any more",
                () -> !sync.watermark().getSnapshot().getTables().contains("notes"));
        sync.sql("DELETE FROM notes WHERE id > 50");
        sync.sql("ALTER PUBLICATION waltally_sync ADD TABLE notes");
        waitFor(
                "it is captured again",
                () -> sync.watermark().getSnapshot().getTables().contains("notes"));
        sync.awaitCaptured(capture);
        assertThat(latest(sync.read(topic).until(all -> latest(all, topic).size() == 40), topic))
                .hasSize(40);
        sync.sql("ALTER PUBLICATION waltally_sync DROP TABLE notes");
    }

    @Test
    void aTableThatWasOutOfThePublicationForAWhileIsReadAgain() throws Exception {
        // Given
        bsos(1, 100);
        Capture capture = sync.streaming();
        sync.awaitCaptured(capture);
        // When
        sync.sql("ALTER PUBLICATION waltally_sync DROP TABLE bsos");
        waitFor("stopped", () -> capture.status().state() == CaptureState.FAILED);
        assertThat(capture.status().reason().orElseThrow())
                .contains("ALTER PUBLICATION waltally_sync ADD TABLE", "bsos");
        sync.sql("DELETE FROM bsos WHERE bso_id < '00000050'");
        bsos(101, 120);
        sync.sql("ALTER PUBLICATION waltally_sync ADD TABLE bsos");
        capture.resume(false, false);
        // Then
        CaptureFixture.awaitStreaming(capture);
        waitFor("read again", () -> sync.watermark().getSnapshot().getTables().contains("bsos"));
        assertTopicEqualsTable(capture);
    }

    /** The stream has changes of before the table left the publication, and none of those after. */
    @Test
    void changesBeforeAGapDoNotReplaceTheRowsThatAreReadAfterIt() throws Exception {
        // Given
        bsos(1, 100);
        try (Capture capture = sync.streaming()) {
            sync.awaitCaptured(capture);
        }
        sync.sql("UPDATE bsos SET payload = 'before' WHERE bso_id IN ('00000001', '00000003')");
        sync.sql("DELETE FROM bsos WHERE bso_id = '00000002'");
        sync.sql("ALTER PUBLICATION waltally_sync DROP TABLE bsos");
        sync.sql("UPDATE bsos SET payload = 'in the gap' WHERE bso_id = '00000001'");
        bsos(2, 2);
        sync.sql("DELETE FROM bsos WHERE bso_id = '00000003'");
        sync.sql("ALTER PUBLICATION waltally_sync ADD TABLE bsos");
        // When
        Capture capture = sync.streaming();
        // Then
        waitFor("read again", () -> sync.watermark().getSnapshot().getTables().contains("bsos"));
        assertTopicEqualsTable(capture);
    }

    /**
     * Under synchronous replication a commit is in the WAL, and streamed, long before queries see it. A row that is read
     * meanwhile is an old one.
     */
    @Test
    void snapshotDoesNotOverwriteStreamedChangesThatAreNotYetVisible() throws Exception {
        // Given
        bsos(1, 100);
        Capture capture = sync.streaming();
        sync.awaitCaptured(capture);
        ExecutorService writers = Executors.newFixedThreadPool(2);
        Future<?> before;
        Future<?> during;
        holdBackCommits();
        try {
            before = writers.submit(
                    () -> inASessionOfItsOwn("UPDATE bsos SET payload = 'v2' WHERE bso_id = '00000020'"));
            waitFor("streamed", () -> payloadInTopic("00000020").equals("v2"));
            assertThat(payloadInTable("00000020")).as("not seen by queries").isEqualTo("v1");
            // When
            capture.snapshot("bsos", List.of(), List.of());
            during = writers.submit(
                    () -> inASessionOfItsOwn("UPDATE bsos SET payload = 'v2' WHERE bso_id = '00000030'"));
            waitFor("streamed", () -> payloadInTopic("00000030").equals("v2"));
            assertThat(capture.status().snapshots()).as("waits").isNotEmpty();
        } finally {
            letCommitsGo();
        }
        before.get();
        during.get();
        writers.shutdown();
        waitFor("complete", () -> capture.status().snapshots().isEmpty());
        // Then
        assertTopicEqualsTable(capture);
    }

    /** Its record of the snapshot is left out, since the stream's is newer; that one must not be without the value. */
    @Test
    void aRowThatIsChangedWhileItsTableIsReadKeepsItsUnchangedToastedValue() throws Exception {
        // Given
        int rows = 250;
        sync.configure(config -> config.withSnapshotChunkRows(1));
        sync.sql("CREATE TABLE texts (id int PRIMARY KEY, flag int, text text)");
        sync.sql("ALTER TABLE texts ALTER text SET STORAGE EXTERNAL");
        sync.sql("GRANT SELECT ON texts TO waltally");
        sync.sql("INSERT INTO texts SELECT i, 0, 'short' FROM generate_series(1, " + rows + ") i");
        sync.sql("UPDATE texts SET text = repeat('long', 5000) WHERE id = " + rows);
        Capture capture = sync.streaming();
        sync.sql("ALTER PUBLICATION waltally_sync ADD TABLE texts");
        waitFor(
                "being read",
                () -> capture.status().snapshots().stream()
                        .anyMatch(table -> table.table().equals("texts") && table.rows() > 0));
        // When
        ExecutorService writer = Executors.newSingleThreadExecutor();
        Future<?> update;
        holdBackCommits();
        try {
            update = writer.submit(() -> inASessionOfItsOwn("UPDATE texts SET flag = 1 WHERE id = " + rows));
            waitFor("read", () -> capture.status().snapshots().isEmpty());
        } finally {
            letCommitsGo();
        }
        update.get();
        writer.shutdown();
        // Then
        String topic = "sync.public.texts";
        List<Captured> ofTheRow = sync
                .read(topic)
                .until(all -> latest(all, topic).size() == rows)
                .stream()
                .filter(record -> record.after().get("id").equals(rows))
                .toList();
        assertThat(ofTheRow.stream().map(Captured::operation)).containsExactly("u");
        assertThat(ofTheRow.get(0).after().get("text")).hasToString("long".repeat(5000));
        sync.sql("ALTER PUBLICATION waltally_sync DROP TABLE texts");
    }

    @Test
    void aTableThatIsLockedDoesNotHoldTheStreamUp() throws Exception {
        // Given
        bsos(1, 100);
        Capture capture = sync.streaming();
        sync.awaitCaptured(capture);
        try (Connection locking = connect();
                Statement lock = locking.createStatement()) {
            locking.setAutoCommit(false);
            lock.execute("LOCK TABLE bsos IN ACCESS EXCLUSIVE MODE");
            // When
            capture.snapshot("bsos", List.of(), List.of());
            for (int user = 2; user <= 4; user++) {
                sync.sql("INSERT INTO user_collections VALUES (" + user + ", 1, now())");
                sync.awaitCaptured(capture);
            }
            // Then
            assertThat(capture.status().snapshots()).as("waits").isNotEmpty();
            locking.rollback();
        }
        waitFor("complete", () -> capture.status().snapshots().isEmpty());
        assertTopicEqualsTable(capture);
    }

    private static long rowsRead(Capture capture, String name) {
        return capture.status().snapshots().stream()
                .filter(table -> table.table().equals(name))
                .mapToLong(TableSnapshot::rows)
                .sum();
    }

    private Void write(Random random, AtomicBoolean enough) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            while (!enough.get()) {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    String id = id(1 + random.nextInt(2_200));
                    statement.execute(
                            switch (random.nextInt(4)) {
                                case 0 -> "DELETE FROM bsos WHERE bso_id = '" + id + "'";
                                case 1 ->
                                    "INSERT INTO bsos VALUES (1, 1, '" + id + "', null, 'i" + random.nextInt()
                                            + "', now(), now()) ON CONFLICT DO NOTHING";
                                default ->
                                    "UPDATE bsos SET payload = 'u" + random.nextInt() + "' WHERE bso_id = '" + id + "'";
                            });
                }
                if (random.nextInt(5) == 0) {
                    connection.rollback();
                } else {
                    connection.commit();
                }
                // Capture has to keep up, with two cores for everything: a snapshot ends behind what was written
                // before.
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
        } catch (SQLException e) {
            if (!"40P01".equals(e.getSQLState())) {
                throw e;
            }
            // The two writers met in a deadlock; one of them begins again.
            return write(random, enough);
        }
        return null;
    }

    /** From now on commits are streamed, but wait for a standby that is not there before queries see them. */
    private void holdBackCommits() throws Exception {
        sync.admin("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        sync.admin("SELECT pg_reload_conf()");
        // A process of the server takes the setting up for all others, some time later.
        ExecutorService probes = Executors.newSingleThreadExecutor();
        while (!someoneWaitsForAStandby()) {
            Future<?> probe = probes.submit(
                    () -> inASessionOfItsOwn("SELECT pg_logical_emit_message(true, 'probe', 'is it held back?')"));
            waitFor("held back or not", () -> probe.isDone() || someoneWaitsForAStandby());
        }
        probes.shutdown();
    }

    private boolean someoneWaitsForAStandby() {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")) {
            row.next();
            return row.getInt(1) > 0;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private void letCommitsGo() throws SQLException {
        sync.admin("ALTER SYSTEM RESET synchronous_standby_names");
        sync.admin("SELECT pg_reload_conf()");
    }

    private Void inASessionOfItsOwn(String update) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(update);
        }
        return null;
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(
                sync.config().database().url(), sync.infrastructure().postgres().user(), "");
    }

    /** As if waltally had published it once more. */
    private void writeAgain(Captured row) throws Exception {
        var raw = sync.readRaw(BSOS).stream()
                .filter(record -> record.offset() == row.record().offset()
                        && record.partition() == row.record().partition())
                .findFirst()
                .orElseThrow();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(sync.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            raw.topic(), raw.partition(), raw.timestamp(), raw.key(), raw.value(), raw.headers()))
                    .get();
        }
    }

    private void assertTopicEqualsTable(Capture capture) throws Exception {
        sync.awaitCaptured(capture);
        Map<String, String> table = payloadsInTable();
        int committed = sync.readRaw(BSOS).size();
        List<Captured> records = sync.read(BSOS).until(all -> all.size() >= committed);
        Map<String, String> topic = payloads(records);
        assertThat(topic)
                .as(() -> histories(
                        records,
                        Sets.union(
                                Maps.difference(topic, table).entriesDiffering().keySet(),
                                Sets.symmetricDifference(topic.keySet(), table.keySet()))))
                .isEqualTo(table);
    }

    /** Asserts that each snapshot row equals the last streamed state of the row. */
    private static void assertNothingWasReadAheadOfTheStream(List<Captured> records) {
        long firstSnapshot = records.stream()
                .filter(SnapshotIT::isOfSnapshot)
                .mapToLong(record -> record.headers().sequence())
                .min()
                .orElseThrow();
        Map<String, String> texts = new HashMap<>();
        for (Captured record : records) {
            String row = record.after() == null ? "no row" : record.after().toString();
            String known = texts.put(record.key(), row);
            if (isOfSnapshot(record) && record.headers().sequence() > firstSnapshot) {
                assertThat(row).as("%s", record).isEqualTo(known);
            }
        }
    }

    private static boolean isOfSnapshot(Captured record) {
        return record.headers().transactionId() == 0;
    }

    /** The values of some rows in the topic. */
    private static String histories(List<Captured> records, Set<String> ids) {
        return records.stream()
                .filter(record -> ids.stream().anyMatch(record.key()::contains))
                .map(record -> record + " " + record.headers() + " "
                        + (record.after() == null ? "" : record.after().get("payload")))
                .collect(Collectors.joining("\n"));
    }

    private List<Captured> read(int atLeast) {
        return sync.read(BSOS).until(all -> all.size() >= atLeast);
    }

    private long records() {
        return sync.readRaw(BSOS).size();
    }

    private String payloadInTopic(String id) {
        return payloads(sync.read(BSOS).until(all -> payloads(all).containsKey(id) && all.size() >= records()))
                .get(id);
    }

    private String payloadInTable(String id) throws SQLException {
        return payloadsInTable().get(id);
    }

    private static Map<String, String> payloads(List<Captured> records) {
        Map<String, String> payloads = new TreeMap<>();
        latest(records, BSOS)
                .values()
                .forEach(row -> payloads.put(
                        row.get("bso_id").toString(), row.get("payload").toString()));
        return payloads;
    }

    private Map<String, String> payloadsInTable() throws SQLException {
        Map<String, String> payloads = new TreeMap<>();
        try (Statement statement = sync.writer().createStatement();
                ResultSet rows = statement.executeQuery("SELECT bso_id, payload FROM bsos")) {
            while (rows.next()) {
                payloads.put(rows.getString(1), rows.getString(2));
            }
        }
        return payloads;
    }

    private void bsos(int first, int last) throws SQLException {
        sync.sql("INSERT INTO bsos SELECT 1, 1, lpad(i::text, 8, '0'), null, 'v1', now(), now() FROM generate_series("
                + first + ", " + last + ") i");
    }

    private static String id(int number) {
        return "%08d".formatted(number);
    }
}
