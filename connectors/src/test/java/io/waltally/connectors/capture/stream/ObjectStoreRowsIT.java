package io.waltally.connectors.capture.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedSchemas;
import io.waltally.connectors.capture.fixture.TableRows;
import io.waltally.schemas.Source;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** All tables of s3-orchestrator, with its own statements. */
class ObjectStoreRowsIT {
    @RegisterExtension
    final CaptureFixture s3 = new CaptureFixture(Source.S3);

    @Test
    void everyTableEndsInItsTopicAsSqlSays() throws Exception {
        // Given
        fill("before");
        Capture capture = s3.streaming();
        // When
        fill("after");
        s3.sql("UPDATE backend_quotas SET bytes_used = bytes_used + 1");
        s3.sql("UPDATE object_locations SET encrypted = true WHERE object_key LIKE '%1'");
        s3.sql("UPDATE object_locations SET backend_name = 'to before' WHERE backend_name = 'from after'");
        s3.sql("INSERT INTO object_locations (object_key, backend_name, size_bytes)"
                + " SELECT object_key, backend_name, 1 FROM object_locations"
                + " ON CONFLICT (object_key, backend_name) DO UPDATE SET size_bytes = excluded.size_bytes");
        s3.sql("DELETE FROM multipart_uploads WHERE upload_id = 'upload before'");
        s3.sql("DELETE FROM cleanup_queue WHERE attempts = 0");
        // Then
        s3.awaitCaptured(capture);
        for (String table : s3.config().tables()) {
            assertThat(TableRows.of(s3.read(Source.S3.topicOf(table)).all()))
                    .as(table)
                    .isNotEmpty()
                    .containsExactlyInAnyOrderElementsOf(TableRows.of(s3.writer(), table));
        }
        CapturedSchemas.verify("schemas-of-s3", s3);
    }

    /** Rows in every captured table, with keys large enough to be TOASTed. */
    private void fill(String name) throws Exception {
        String key =
                "(SELECT string_agg(sha256((i || random()::text)::bytea), ''::bytea) FROM generate_series(1, 200) i)";
        s3.sql("""
                INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('from $', 0), ('to $', 9223372036854775807);
                INSERT INTO object_locations (object_key, backend_name, size_bytes, encryption_key, key_id, created_at)
                SELECT 'bücket/$/\uD83D\uDE00 ' || i, 'from $', i, #, 'k', null FROM generate_series(1, 20) i;
                INSERT INTO backend_usage (backend_name, period, api_requests) VALUES ('to $', '2026-11', 5);
                INSERT INTO cleanup_queue (backend_name, object_key, reason, attempts, last_error)
                VALUES ('to $', 'a', 'r', 0, null), ('to $', '', '', 1, 'e');
                INSERT INTO cleanup_dlq (original_id, backend_name, object_key, reason, attempts, first_enqueued_at)
                VALUES (1, 'to $', 'a', 'r', 1, '-infinity');
                INSERT INTO multipart_uploads (upload_id, object_key, backend_name, metadata, encryption_key)
                VALUES ('upload $', 'a', 'to $', '{"é": [1.0, "\uD83D\uDE00"]}', '');
                INSERT INTO multipart_uploads (upload_id, object_key, backend_name) VALUES ('kept $', 'a', 'to $');
                INSERT INTO multipart_parts (upload_id, part_number, etag, size_bytes, plaintext_size)
                SELECT u || ' $', i, 'e', i, null FROM generate_series(1, 3) i, (VALUES ('upload'), ('kept')) AS v (u);
                INSERT INTO pending_objects (intent_id, object_key, backend_name, size_bytes, encryption_key)
                VALUES ('intent $', 'a', 'to $', 1, '\\x00ff');
                """.replace("$", name).replace("#", key));
    }
}
