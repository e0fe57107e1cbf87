package io.waltally.connectors.capture.encoding;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.TableRows;
import io.waltally.connectors.capture.source.MissingAddition;
import io.waltally.connectors.capture.source.MissingAdditions;
import io.waltally.connectors.capture.source.PublishedTables;
import io.waltally.migrations.Application;
import io.waltally.schemas.SchemaAddition;
import io.waltally.schemas.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** s3-orchestrator migrates its database from version to version while it is captured. */
class ApplicationLevelsIT {
    private static final List<String> LEVELS = List.of(
            "V1__init_schema.sql",
            "V2__multipart_metadata.sql",
            "V3__add_encryption.sql",
            "V4__add_orphan_bytes.sql",
            "V5__add_content_hash.sql",
            "V6__add_indexes_and_tablesample.sql",
            "V7__notification_outbox.sql",
            "V8__pending_objects.sql",
            "V9__cleanup_dlq.sql",
            "V10__multipart_upload_encryption.sql",
            "V11__cleanup_queue_claim.sql");

    /** The schema that has each addition first. */
    private static final Map<SchemaAddition, Integer> ADDED = new EnumMap<>(Map.of(
            SchemaAddition.CLEANUP_SIZE, 4,
            SchemaAddition.CONTENT_HASH, 5,
            SchemaAddition.PENDING_OBJECTS, 8,
            SchemaAddition.CLEANUP_DLQ, 9));

    @RegisterExtension
    final CaptureFixture s3 = new CaptureFixture(Source.S3);

    @Test
    void eachLevelIsCapturedAsItIsAndTheNextOneIsTakenIn() throws Exception {
        // Given
        s3.sql("DROP PUBLICATION waltally_s3; DROP SCHEMA public CASCADE; DROP SCHEMA waltally CASCADE;"
                + " CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC");
        for (int level = 1; level <= LEVELS.size() + 1; level++) {
            Capture before = level == 1 ? null : s3.streaming();
            // When
            if (level <= LEVELS.size()) {
                apply(LEVELS.get(level - 1));
            } else {
                s3.sql("CREATE TABLE of_a_later_level (id bigint PRIMARY KEY);"
                        + " ALTER TABLE object_locations ADD COLUMN later jsonb NOT NULL DEFAULT '{}'");
            }
            int now = level;
            assertThat(missing().stream().filter(MissingAddition::exists).map(MissingAddition::addition))
                    .as("tables that level %d has added, before migrate", level)
                    .containsExactlyElementsOf(ADDED.keySet().stream()
                            .filter(added -> added.column().isEmpty() && ADDED.get(added) == now)
                            .toList());
            // Written before anything is published that is new
            write("early " + level);
            s3.migrate();
            if (before != null) {
                awaitTables(before);
                write("running " + level);
                s3.awaitCaptured(before);
                assertTopicsAreTheTables(level);
                before.close();
            }
            // And a capture that starts at this level
            try (Capture capture = s3.streaming()) {
                write("started " + level);
                s3.awaitCaptured(capture);
                assertTopicsAreTheTables(level);
            }
            assertThat(missing()).as("level %d", level).isEqualTo(additionsAfter(level));
        }
        assertThat(present()).containsExactlyInAnyOrderElementsOf(Application.S3.capturedTables());
        assertDroppedTablesAreLeftOutUntilTheyComeBack();
    }

    private void assertDroppedTablesAreLeftOutUntilTheyComeBack() throws Exception {
        // When a table goes while the stream still has changes of it
        try (Capture capture = s3.streaming()) {
            s3.sql(
                    "INSERT INTO cleanup_dlq (original_id, backend_name, object_key, reason, attempts, first_enqueued_at)"
                            + " VALUES (2, 'started 12', 'a', 'r', 1, now()); DROP TABLE cleanup_dlq");
            write("while it was dropped");
            awaitRemoved(capture, "cleanup_dlq");
            write("dropped");
            s3.awaitCaptured(capture);
        }
        // And another before a start
        s3.sql("DROP TABLE pending_objects");
        try (Capture capture = s3.streaming()) {
            awaitRemoved(capture, "pending_objects");
            write("started");
            s3.awaitCaptured(capture);
            // Then
            assertTopicsAreTheTables(LEVELS.size() + 1);
            for (String table : List.of("cleanup_dlq", "pending_objects")) {
                assertThat(TableRows.of(s3.read(Source.S3.topicOf(table)).all()))
                        .as(table)
                        .isEmpty();
            }
            assertThat(missing())
                    .containsExactly(
                            new MissingAddition(SchemaAddition.PENDING_OBJECTS, false),
                            new MissingAddition(SchemaAddition.CLEANUP_DLQ, false));
            // And when they come back
            apply("V8__pending_objects.sql");
            apply("V9__cleanup_dlq.sql");
            write("back");
            s3.migrate();
            awaitTables(capture);
            write("back and streamed");
            s3.awaitCaptured(capture);
            assertTopicsAreTheTables(LEVELS.size() + 1);
        }
        assertThat(missing()).isEmpty();
    }

    private void awaitRemoved(Capture capture, String table) throws Exception {
        waitFor("not captured: " + table, () -> {
            CaptureStatus status = capture.status();
            assertThat(status.state()).as("%s", status.reason()).isNotEqualTo(CaptureState.FAILED);
            return !s3.watermark().getSnapshot().getTables().contains(table);
        });
    }

    /** A table that has come is captured once it is published, and read. */
    private void awaitTables(Capture capture) throws Exception {
        List<String> present = present();
        waitFor("captured: " + present, () -> {
            assertThat(capture.status().state()).isNotIn(CaptureState.FAILED, CaptureState.FENCED);
            return s3.watermark().getSnapshot().getTables().containsAll(present);
        });
    }

    private List<MissingAddition> missing() throws SQLException {
        return MissingAdditions.read(
                s3.writer(), Source.S3, Source.S3.defaultTables(), PublishedTables.read(s3.writer(), "waltally_s3"));
    }

    private static List<MissingAddition> additionsAfter(int level) {
        return ADDED.entrySet().stream()
                .filter(added -> added.getValue() > level)
                .map(added -> new MissingAddition(added.getKey(), false))
                .toList();
    }

    private List<String> present() throws SQLException {
        List<String> present = new ArrayList<>();
        try (Statement statement = s3.writer().createStatement();
                ResultSet row = statement.executeQuery("SELECT relname FROM pg_class"
                        + " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")) {
            while (row.next()) {
                present.add(row.getString(1));
            }
        }
        present.retainAll(Application.S3.capturedTables());
        return present;
    }

    /** A row in each table that is there, and in each row something new. */
    private void write(String name) throws SQLException {
        List<String> present = present();
        s3.sql("""
                INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('$', 1);
                INSERT INTO object_locations (object_key, backend_name, size_bytes) VALUES ('bucket/$', '$', 1);
                INSERT INTO backend_usage (backend_name, period) VALUES ('$', '2026-11');
                INSERT INTO cleanup_queue (backend_name, object_key, reason) VALUES ('$', 'a', 'r');
                INSERT INTO multipart_uploads (upload_id, object_key, backend_name) VALUES ('$', 'a', '$');
                INSERT INTO multipart_parts (upload_id, part_number, etag, size_bytes) VALUES ('$', 1, 'e', 1);
                """.replace("$", name));
        if (present.contains("pending_objects")) {
            s3.sql(
                    "INSERT INTO pending_objects (intent_id, object_key, backend_name, size_bytes) VALUES ('$', 'a', '$', 1)"
                            .replace("$", name));
        }
        if (present.contains("cleanup_dlq")) {
            s3.sql(
                    "INSERT INTO cleanup_dlq (original_id, backend_name, object_key, reason, attempts, first_enqueued_at)"
                            + " VALUES (1, '$', 'a', 'r', 1, now())".replace("$", name));
        }
        s3.sql(
                "UPDATE object_locations SET size_bytes = size_bytes + 1; UPDATE multipart_parts SET size_bytes = size_bytes + 1;"
                        + " UPDATE cleanup_queue SET attempts = attempts + 1; UPDATE multipart_uploads SET object_key = object_key || 'a';"
                        + " UPDATE backend_quotas SET bytes_limit = bytes_limit + 1");
    }

    private void assertTopicsAreTheTables(int level) throws Exception {
        for (String table : present()) {
            assertThat(TableRows.of(s3.read(Source.S3.topicOf(table)).all()))
                    .as("%s at level %d", table, level)
                    .isNotEmpty()
                    .containsExactlyInAnyOrderElementsOf(TableRows.of(s3.writer(), table));
        }
    }

    /** As the application does: statement by statement, as some do not run in a transaction. */
    private void apply(String script) throws IOException, SQLException {
        try (InputStream in = Application.class.getResourceAsStream("/db/s3/" + script)) {
            for (String statement : new String(in.readAllBytes(), StandardCharsets.UTF_8).split(";\n", -1)) {
                if (!statement.isBlank()) {
                    s3.sql(statement);
                }
            }
        }
    }
}
