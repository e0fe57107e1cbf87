package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.CapturedTopics.fold;
import static io.waltally.connectors.capture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.CapturedTopics.Captured;
import io.waltally.embedded.Infrastructure;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.migrations.Store;
import io.waltally.schemas.AvroSerdes;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.TopicProvisioning;
import io.waltally.schemas.TopicSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CaptureIT {
    private static final String BSOS = "sync.public.bsos";

    private static Infrastructure infrastructure;
    private static int databases;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private String database;
    private Connection writer;
    private TopicCatalogue catalogue;
    private CaptureConfig config;

    @BeforeAll
    static void startServers() {
        infrastructure = Infrastructure.forTests();
    }

    @AfterAll
    static void stopServers() {
        infrastructure.close();
    }

    @BeforeEach
    void makeDatabaseAndTopics() throws Exception {
        database = "capture_" + databases++;
        admin("CREATE DATABASE " + database);
        String url = infrastructure.jdbcUrl(database);
        new Migrator()
                .migrate(MigrationTarget.of(
                        Store.SYNC,
                        url,
                        new Credentials(infrastructure.postgres().user(), Optional.empty())));
        writer = DriverManager.getConnection(url, infrastructure.postgres().user(), "");
        catalogue = new TopicCatalogue(
                TopicSettings.DEFAULTS, new AvroSerdes(infrastructure.registry().toString()));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", infrastructure.kafka()))) {
            new TopicProvisioning(admin).create(catalogue.all());
        }
        config = CaptureConfig.of(Source.SYNC, new DatabaseLogin(url, "waltally", Optional.empty()));
    }

    @AfterEach
    void dropThem() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        writer.close();
        admin("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
        admin("DROP DATABASE " + database + " WITH (FORCE)");
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", infrastructure.kafka()))) {
            List<String> names = catalogue.all().stream().map(Topic::name).toList();
            admin.deleteTopics(names).all().get();
            waitFor("topics deleted", () -> topicNames(admin).stream().noneMatch(names::contains));
        }
    }

    @Test
    void aSnapshotAndTheStreamAfterItGiveTheRowsOfTheTable() throws Exception {
        // Given
        collection(1);
        sql(
                "INSERT INTO bsos SELECT 1, 1, 'old-' || i, i, 'before', now(), now() + interval '1 day' FROM generate_series(1, 3000) i");
        // When
        Capture capture = capture();
        waitFor("streaming", () -> capture.status().state() == CaptureState.STREAMING);
        sql(
                "INSERT INTO bsos SELECT 1, 1, 'new-' || i, null, 'äöü\uD83D\uDE00', now(), now() FROM generate_series(1, 50) i");
        sql("UPDATE bsos SET payload = 'after' WHERE bso_id LIKE 'old-1%'");
        sql("DELETE FROM bsos WHERE bso_id LIKE 'old-2%'");
        // Then
        assertThat(payloadsAfter(capture)).isEqualTo(payloadsInTable());
    }

    @Test
    void anEmptyDatabaseIsStreamedFromItsFirstRow() throws Exception {
        sql("DELETE FROM collections");
        Capture capture = capture();
        waitFor("streaming", () -> capture.status().state() == CaptureState.STREAMING);
        collection(1);
        bso("a", "first");
        assertThat(payloadsAfter(capture)).isEqualTo(payloadsInTable()).hasSize(1);
    }

    @Test
    void everyRecordTellsItsPlaceAndTheLastOfATransactionInItsPartitionTheEnd() throws Exception {
        // Given
        Capture capture = streaming();
        // When
        writer.setAutoCommit(false);
        collection(1);
        collection(2);
        sql(
                "INSERT INTO bsos SELECT u, 1, i::text, null, 'x', now(), now() FROM generate_series(1, 2) u, generate_series(1, 20) i");
        long transaction = number("SELECT pg_current_xact_id()::text::bigint");
        writer.commit();
        Lsn after = walPosition();
        // Then
        List<Captured> records = read(BSOS).until(all -> all.size() >= 40);
        assertThat(records).hasSize(40).allSatisfy(record -> {
            assertThat(record.headers().transactionId()).isEqualTo(transaction);
            assertThat(record.headers().epoch()).isZero();
        });
        assertThat(records.stream().map(record -> record.headers().sequence()).distinct())
                .hasSize(1);
        assertThat(records.stream().map(record -> record.headers().position()).distinct())
                .hasSize(40);
        records.stream().collect(Collectors.groupingBy(Captured::partition)).forEach((partition, ofOne) -> {
            assertThat(ofOne.subList(0, ofOne.size() - 1))
                    .noneMatch(record -> record.headers().last());
            assertThat(ofOne.get(ofOne.size() - 1).headers().commitLsn())
                    .hasValueSatisfying(end -> assertThat(end).isLessThanOrEqualTo(after));
        });
        waitFor("captured", () -> reached(capture, after));
    }

    @Test
    void whatIsRolledBackIsNowhere() throws Exception {
        // Given
        streaming();
        collection(1);
        writer.setAutoCommit(false);
        // When
        bso("gone", "x");
        writer.rollback();
        bso("kept", "x");
        var savepoint = writer.setSavepoint();
        bso("undone", "x");
        writer.rollback(savepoint);
        writer.commit();
        bso("end", "x");
        writer.commit();
        // Then
        List<Captured> records = read(BSOS).until(all -> all.size() >= 2);
        assertThat(records.stream().map(record -> record.after().get("bso_id").toString()))
                .containsExactly("kept", "end");
    }

    @Test
    void aRestartGoesOnWithoutLossAndWithoutRepetition() throws Exception {
        // Given
        Capture first = streaming();
        collection(1);
        // When
        int rows = 0;
        for (int i = 0; i < 200; i++) {
            bso("a" + rows++, "x");
        }
        waitFor("some", () -> first.status().changes() > 20);
        first.close();
        assertThat(first.status().state()).isEqualTo(CaptureState.STOPPED);
        for (int i = 0; i < 200; i++) {
            bso("a" + rows++, "x");
        }
        Capture second = capture();
        for (int i = 0; i < 200; i++) {
            bso("a" + rows++, "x");
        }
        // Then
        Lsn end = walPosition();
        waitFor("captured", () -> reached(second, end));
        List<Captured> records = read(BSOS).until(all -> all.size() >= 600);
        assertThat(records).hasSize(600);
        assertThat(fold(records, BSOS)).hasSize(600);
    }

    @Test
    void aTruncatedTableIsEmptyInItsTopic() throws Exception {
        // Given
        streaming();
        collection(1);
        sql("INSERT INTO bsos SELECT 1, 1, i::text, null, 'x', now(), now() FROM generate_series(1, 100) i");
        // When
        writer.setAutoCommit(false);
        bso("in the same transaction", "x");
        sql("TRUNCATE bsos");
        bso("later", "x");
        writer.commit();
        // Then
        List<Captured> records = read(BSOS)
                .until(all ->
                        !all.isEmpty() && fold(all, BSOS).keySet().stream().allMatch(key -> key.contains("later")));
        assertThat(fold(records, BSOS)).hasSize(1);
    }

    @Test
    void aChangedPrimaryKeyIsADeleteAndAnInsert() throws Exception {
        streaming();
        collection(1);
        bso("old", "x");
        sql("UPDATE bsos SET bso_id = 'new'");
        List<Captured> records = read(BSOS).until(all -> all.size() >= 4);
        assertThat(records.stream().map(Captured::operation)).containsExactly("c", "d", "", "c");
        assertThat(fold(records, BSOS))
                .hasSize(1)
                .allSatisfy((key, row) -> assertThat(row.get("bso_id")).hasToString("new"));
        assertThat(new String(
                        records.get(1)
                                .record()
                                .headers()
                                .lastHeader("__debezium.newkey")
                                .value(),
                        java.nio.charset.StandardCharsets.UTF_8))
                .contains("\"bso_id\":\"new\"");
    }

    @Test
    void aNullStaysANullWhereTheColumnHasADefault() throws Exception {
        sql("ALTER TABLE bsos ALTER sortindex SET DEFAULT 7");
        streaming();
        collection(1);
        bso("a", "x");
        assertThat(read(BSOS).until(all -> !all.isEmpty()).get(0).after().get("sortindex"))
                .isNull();
    }

    @Test
    void rowsAreRoutedByTheAvroBodyOfOneColumn() throws Exception {
        streaming();
        for (int user = 1; user <= 20; user++) {
            sql("INSERT INTO user_collections VALUES (" + user + ", 1, now())");
        }
        int partitions = TopicSettings.DEFAULTS.partitions();
        assertThat(read("sync.public.user_collections").until(all -> all.size() >= 20))
                .allSatisfy(record -> assertThat(record.record().partition())
                        .isEqualTo(
                                (Utils.murmur2(avro((Long) record.record().key().get("user_id"))) & 0x7fffffff)
                                        % partitions));
    }

    @Test
    void thePositionOfAQuietDatabaseMoves() throws Exception {
        Capture capture = streaming();
        Lsn before = walPosition();
        waitFor("captured", () -> reached(capture, before));
        admin("CREATE TABLE elsewhere AS SELECT generate_series(1, 1000)");
        admin("DROP TABLE elsewhere");
        Lsn after = walPosition();
        Instant then = Instant.now();
        waitFor("captured", () -> reached(capture, after));
        Watermarks watermarks =
                new Watermarks(catalogue.watermarks(), Map.of("bootstrap.servers", infrastructure.kafka()));
        waitFor(
                "a watermark of now",
                () -> watermarks
                        .last(Source.SYNC)
                        .orElseThrow()
                        .getCommittedAt()
                        .isAfter(then));
        waitFor("confirmed", () -> {
            try {
                return number("SELECT confirmed_flush_lsn - '" + after + "'::pg_lsn FROM pg_replication_slots") >= 0;
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void aSecondProcessWaitsAndTakesOver() throws Exception {
        Capture first = streaming();
        Capture second = capture();
        waitFor("waiting", () -> second.status().state() == CaptureState.WAITING);
        collection(1);
        bso("a", "x");
        Lsn end = walPosition();
        waitFor("captured", () -> reached(first, end));
        first.close();
        waitFor("taken over", () -> second.status().state() == CaptureState.STREAMING);
        bso("b", "x");
        assertThat(payloadsAfter(second)).isEqualTo(payloadsInTable()).hasSize(2);
    }

    @Test
    void aMissingSlotStopsTheSourceWithAnExplanation() throws Exception {
        Capture first = streaming();
        first.close();
        waitFor("slot released", () -> {
            try {
                return number("SELECT count(*) FROM pg_replication_slots WHERE active") == 0;
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
        admin("SELECT pg_drop_replication_slot('waltally_sync')");
        Capture second = capture();
        waitFor("failed", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("waltally_sync", "does not exist any more"));
    }

    private Capture streaming() throws InterruptedException {
        Capture capture = capture();
        waitFor("streaming", () -> capture.status().state() == CaptureState.STREAMING);
        return capture;
    }

    private Capture capture() {
        Capture capture = new Capture(
                config,
                catalogue,
                Map.of("bootstrap.servers", infrastructure.kafka()),
                infrastructure.registry().toString(),
                Duration.ofMinutes(1));
        opened.add(capture);
        capture.start();
        return capture;
    }

    private CapturedTopics read(String... topics) {
        CapturedTopics read = new CapturedTopics(
                infrastructure.kafka(), infrastructure.registry().toString(), List.of(topics));
        opened.add(read);
        return read;
    }

    private Map<String, String> payloadsAfter(Capture capture) throws Exception {
        Lsn end = walPosition();
        waitFor("captured", () -> reached(capture, end));
        Map<String, String> payloads = new HashMap<>();
        Collection<GenericRecord> rows = fold(
                        read(BSOS).until(all -> fold(all, BSOS).size() == rowsInTable()), BSOS)
                .values();
        rows.forEach(row ->
                payloads.put(row.get("bso_id").toString(), row.get("payload").toString()));
        return payloads;
    }

    private Map<String, String> payloadsInTable() throws SQLException {
        Map<String, String> payloads = new HashMap<>();
        try (Statement statement = writer.createStatement();
                ResultSet rows = statement.executeQuery("SELECT bso_id, payload FROM bsos")) {
            while (rows.next()) {
                payloads.put(rows.getString(1), rows.getString(2));
            }
        }
        return payloads;
    }

    private int rowsInTable() {
        try {
            return payloadsInTable().size();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean reached(Capture capture, Lsn position) {
        return capture.status()
                .captured()
                .filter(captured -> captured.compareTo(position) >= 0)
                .isPresent();
    }

    private Lsn walPosition() throws SQLException {
        try (Statement statement = writer.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    private void collection(long user) throws SQLException {
        sql("INSERT INTO user_collections VALUES (" + user + ", 1, now())");
    }

    private void bso(String id, String payload) throws SQLException {
        sql("INSERT INTO bsos VALUES (1, 1, '" + id + "', null, '" + payload + "', now(), now())");
    }

    private void sql(String text) throws SQLException {
        try (Statement statement = writer.createStatement()) {
            statement.execute(text);
        }
    }

    private long number(String query) throws SQLException {
        try (Statement statement = writer.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void admin(String text) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        infrastructure.jdbcUrl("postgres"),
                        infrastructure.postgres().user(),
                        "");
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private static Set<String> topicNames(Admin admin) {
        try {
            return admin.listTopics().names().get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] avro(long value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        try {
            encoder.writeLong(value);
            encoder.flush();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }
}
