package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.fixture.CaptureFixture.reached;
import static io.waltally.connectors.capture.fixture.CapturedTopics.latest;
import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedSchemas;
import io.waltally.connectors.capture.fixture.CapturedTopics.Captured;
import io.waltally.connectors.capture.publishing.Watermarks;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CaptureIT {
    private static final String BSOS = "sync.public.bsos";

    @RegisterExtension
    final CaptureFixture sync = new CaptureFixture(Source.SYNC);

    @Test
    void aSnapshotAndTheStreamAfterItGiveTheRowsOfTheTable() throws Exception {
        // Given
        collection(1);
        sync.sql(
                "INSERT INTO bsos SELECT 1, 1, 'old-' || i, i, 'before', now(), now() + interval '1 day' FROM generate_series(1, 3000) i");
        // When
        Capture capture = sync.streaming();
        sync.sql(
                "INSERT INTO bsos SELECT 1, 1, 'new-' || i, null, 'äöü\uD83D\uDE00', now(), now() FROM generate_series(1, 50) i");
        sync.sql("UPDATE bsos SET payload = 'after' WHERE bso_id LIKE 'old-1%'");
        sync.sql("DELETE FROM bsos WHERE bso_id LIKE 'old-2%'");
        // Then
        assertThat(payloadsAfter(capture)).isEqualTo(payloadsInTable());
        CapturedSchemas.verify("schemas-of-sync", sync);
    }

    @Test
    void anEmptyDatabaseIsStreamedFromItsFirstRow() throws Exception {
        sync.sql("DELETE FROM collections");
        Capture capture = sync.streaming();
        collection(1);
        bso("a", "first");
        assertThat(payloadsAfter(capture)).isEqualTo(payloadsInTable()).hasSize(1);
    }

    @Test
    void everyRecordHasItsPlaceAndTheLastOfATransactionInItsPartitionTheEnd() throws Exception {
        // Given
        Capture capture = sync.streaming();
        // When
        sync.writer().setAutoCommit(false);
        collection(1);
        collection(2);
        sync.sql(
                "INSERT INTO bsos SELECT u, 1, i::text, null, 'x', now(), now() FROM generate_series(1, 2) u, generate_series(1, 20) i");
        long transaction = sync.number("SELECT pg_current_xact_id()::text::bigint");
        sync.writer().commit();
        Lsn after = sync.walPosition();
        // Then
        List<Captured> records = sync.read(BSOS).until(all -> all.size() >= 40);
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
        sync.streaming();
        collection(1);
        sync.writer().setAutoCommit(false);
        // When
        bso("gone", "x");
        sync.writer().rollback();
        bso("kept", "x");
        var savepoint = sync.writer().setSavepoint();
        bso("undone", "x");
        sync.writer().rollback(savepoint);
        sync.writer().commit();
        bso("end", "x");
        sync.writer().commit();
        // Then
        List<Captured> records = sync.read(BSOS).until(all -> all.size() >= 2);
        assertThat(records.stream().map(record -> record.after().get("bso_id").toString()))
                .containsExactly("kept", "end");
    }

    @Test
    void aRestartGoesOnWithoutLossAndWithoutRepetition() throws Exception {
        // Given
        Capture first = sync.streaming();
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
        Capture second = sync.capture();
        for (int i = 0; i < 200; i++) {
            bso("a" + rows++, "x");
        }
        // Then
        Lsn end = sync.walPosition();
        waitFor("captured", () -> reached(second, end));
        List<Captured> records = sync.read(BSOS).until(all -> all.size() >= 600);
        assertThat(records).hasSize(600);
        assertThat(latest(records, BSOS)).hasSize(600);
    }

    @Test
    void aTruncatedTableIsEmptyInItsTopic() throws Exception {
        // Given
        sync.streaming();
        collection(1);
        sync.sql("INSERT INTO bsos SELECT 1, 1, i::text, null, 'x', now(), now() FROM generate_series(1, 100) i");
        // When
        sync.writer().setAutoCommit(false);
        bso("in the same transaction", "x");
        sync.sql("TRUNCATE bsos");
        bso("later", "x");
        sync.writer().commit();
        // Then
        List<Captured> records = sync.read(BSOS)
                .until(all ->
                        !all.isEmpty() && latest(all, BSOS).keySet().stream().allMatch(key -> key.contains("later")));
        assertThat(latest(records, BSOS)).hasSize(1);
    }

    @Test
    void aChangedPrimaryKeyIsADeleteAndAnInsert() throws Exception {
        sync.streaming();
        collection(1);
        bso("old", "x");
        sync.sql("UPDATE bsos SET bso_id = 'new'");
        List<Captured> records = sync.read(BSOS).until(all -> all.size() >= 4);
        assertThat(records.stream().map(Captured::operation)).containsExactly("c", "d", "", "c");
        assertThat(latest(records, BSOS))
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
        sync.sql("ALTER TABLE bsos ALTER sortindex SET DEFAULT 7");
        sync.streaming();
        collection(1);
        bso("a", "x");
        assertThat(sync.read(BSOS).until(all -> !all.isEmpty()).get(0).after().get("sortindex"))
                .isNull();
    }

    @Test
    void rowsAreRoutedByTheAvroBodyOfOneColumn() throws Exception {
        sync.streaming();
        for (int user = 1; user <= 20; user++) {
            sync.sql("INSERT INTO user_collections VALUES (" + user + ", 1, now())");
        }
        int partitions = TopicSettings.DEFAULTS.partitions();
        assertThat(sync.read("sync.public.user_collections").until(all -> all.size() >= 20))
                .allSatisfy(record -> assertThat(record.record().partition())
                        .isEqualTo(
                                (Utils.murmur2(avro((Long) record.record().key().get("user_id"))) & 0x7fffffff)
                                        % partitions));
    }

    @Test
    void thePositionOfAQuietDatabaseMoves() throws Exception {
        Capture capture = sync.streaming();
        Lsn before = sync.walPosition();
        waitFor("captured", () -> reached(capture, before));
        sync.admin("CREATE TABLE elsewhere AS SELECT generate_series(1, 1000)");
        sync.admin("DROP TABLE elsewhere");
        Lsn after = sync.walPosition();
        Instant then = Instant.now();
        waitFor("captured", () -> reached(capture, after));
        Watermarks watermarks = new Watermarks(sync.catalogue().watermarks(), sync.kafka());
        waitFor(
                "a watermark of now",
                () -> watermarks
                        .last(Source.SYNC)
                        .orElseThrow()
                        .getCommittedAt()
                        .isAfter(then));
        waitFor("confirmed", () -> {
            try {
                return sync.number("SELECT confirmed_flush_lsn - '" + after + "'::pg_lsn FROM pg_replication_slots")
                        >= 0;
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void aSecondProcessWaitsAndTakesOver() throws Exception {
        Capture first = sync.streaming();
        Capture second = sync.capture();
        waitFor("waiting", () -> second.status().state() == CaptureState.WAITING);
        collection(1);
        bso("a", "x");
        Lsn end = sync.walPosition();
        waitFor("captured", () -> reached(first, end));
        first.close();
        waitFor("taken over", () -> second.status().state() == CaptureState.STREAMING);
        bso("b", "x");
        assertThat(payloadsAfter(second)).isEqualTo(payloadsInTable()).hasSize(2);
    }

    @Test
    void aMissingSlotStopsTheSourceWithAnExplanation() throws Exception {
        Capture first = sync.streaming();
        first.close();
        waitFor("slot released", () -> {
            try {
                return sync.number("SELECT count(*) FROM pg_replication_slots WHERE active") == 0;
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        });
        sync.admin("SELECT pg_drop_replication_slot('waltally_sync')");
        Capture second = sync.capture();
        waitFor("failed", () -> second.status().state() == CaptureState.FAILED);
        assertThat(second.status().reason())
                .hasValueSatisfying(reason -> assertThat(reason).contains("waltally_sync", "does not exist any more"));
    }

    private Map<String, String> payloadsAfter(Capture capture) throws Exception {
        sync.awaitCaptured(capture);
        Map<String, String> payloads = new HashMap<>();
        Collection<GenericRecord> rows = latest(
                        sync.read(BSOS).until(all -> latest(all, BSOS).size() == rowsInTable()), BSOS)
                .values();
        rows.forEach(row ->
                payloads.put(row.get("bso_id").toString(), row.get("payload").toString()));
        return payloads;
    }

    private Map<String, String> payloadsInTable() throws SQLException {
        Map<String, String> payloads = new HashMap<>();
        try (Statement statement = sync.writer().createStatement();
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

    private void collection(long user) throws SQLException {
        sync.sql("INSERT INTO user_collections VALUES (" + user + ", 1, now())");
    }

    private void bso(String id, String payload) throws SQLException {
        sync.sql("INSERT INTO bsos VALUES (1, 1, '" + id + "', null, '" + payload + "', now(), now())");
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
