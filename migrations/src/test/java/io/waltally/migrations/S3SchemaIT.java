package io.waltally.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Compares s3-orchestrator's schema 11 with facts that were written by hand, not derived from the migrations. */
@ExtendWith(PostgresServer.Extension.class)
class S3SchemaIT {
    private static final String TO_BACKEND = "FOREIGN KEY (backend_name) REFERENCES backend_quotas(backend_name)\n";

    private static TestDatabase database;
    private static SchemaFacts facts;

    @BeforeAll
    static void migrate(PostgresServer server) throws SQLException {
        database = server.createDatabase();
        new Migrator().migrate(database.target(Application.S3));
        facts = new SchemaFacts(database);
    }

    @Test
    void thereAreNineTablesTheHistoryAndNothingElse() throws SQLException {
        facts.assertTables("""
                backend_quotas
                object_locations
                multipart_uploads
                multipart_parts
                backend_usage
                cleanup_queue
                notification_outbox
                pending_objects
                cleanup_dlq
                goose_db_version
                """);
        assertThat(Application.S3.tables()).hasSize(9);
    }

    @Test
    void theElevenMigrationsMirrorTheApplicationsOneByOne() throws SQLException {
        assertThat(database.query("SELECT version, script, success FROM waltally.s3_schema_history"
                        + " WHERE type = 'SQL' ORDER BY version::int"))
                .containsExactly(
                        "1 | V1__init_schema.sql | t",
                        "2 | V2__multipart_metadata.sql | t",
                        "3 | V3__add_encryption.sql | t",
                        "4 | V4__add_orphan_bytes.sql | t",
                        "5 | V5__add_content_hash.sql | t",
                        "6 | V6__add_indexes_and_tablesample.sql | t",
                        "7 | V7__notification_outbox.sql | t",
                        "8 | V8__pending_objects.sql | t",
                        "9 | V9__cleanup_dlq.sql | t",
                        "10 | V10__multipart_upload_encryption.sql | t",
                        "11 | V11__cleanup_queue_claim.sql | t");
    }

    @Test
    void backendQuotas() throws SQLException {
        facts.assertColumns("backend_quotas", """
                backend_name  text                      not null
                bytes_used    bigint                    not null  default 0
                bytes_limit   bigint                    not null
                updated_at    timestamp with time zone            default now()
                orphan_bytes  bigint                    not null  default 0
                """);
        facts.assertConstraints("backend_quotas", "PRIMARY KEY (backend_name)");
        facts.assertIndexes("backend_quotas", "");
    }

    @Test
    void objectLocations() throws SQLException {
        facts.assertColumns("object_locations", """
                object_key      text                      not null
                backend_name    text                      not null
                size_bytes      bigint                    not null
                created_at      timestamp with time zone            default now()
                encrypted       boolean                   not null  default false
                encryption_key  bytea
                key_id          text
                plaintext_size  bigint
                content_hash    text
                """);
        facts.assertConstraints("object_locations", TO_BACKEND + "PRIMARY KEY (object_key, backend_name)");
        facts.assertIndexes("object_locations", """
                idx_object_locations_backend      (backend_name)
                idx_object_locations_key_pattern  (object_key text_pattern_ops)
                idx_object_locations_created      (created_at)
                idx_object_locations_key_created  (object_key, created_at)
                """);
    }

    @Test
    void multipartUploads() throws SQLException {
        facts.assertColumns("multipart_uploads", """
                upload_id       text                      not null
                object_key      text                      not null
                backend_name    text                      not null
                content_type    text
                created_at      timestamp with time zone            default now()
                metadata        jsonb
                encryption_key  bytea
                key_id          text
                """);
        facts.assertConstraints("multipart_uploads", TO_BACKEND + "PRIMARY KEY (upload_id)");
        facts.assertIndexes("multipart_uploads", """
                idx_multipart_uploads_created       (created_at)
                idx_multipart_uploads_key_pattern   (object_key text_pattern_ops)
                idx_multipart_uploads_backend_name  (backend_name)
                """);
    }

    @Test
    void multipartParts() throws SQLException {
        facts.assertColumns("multipart_parts", """
                upload_id       text                      not null
                part_number     integer                   not null
                etag            text                      not null
                size_bytes      bigint                    not null
                created_at      timestamp with time zone            default now()
                encrypted       boolean                   not null  default false
                encryption_key  bytea
                key_id          text
                plaintext_size  bigint
                """);
        facts.assertConstraints("multipart_parts", """
                PRIMARY KEY (upload_id, part_number)
                FOREIGN KEY (upload_id) REFERENCES multipart_uploads(upload_id) ON DELETE CASCADE
                """);
        facts.assertIndexes("multipart_parts", "");
    }

    @Test
    void backendUsage() throws SQLException {
        facts.assertColumns("backend_usage", """
                backend_name   text                      not null
                period         text                      not null
                api_requests   bigint                    not null  default 0
                egress_bytes   bigint                    not null  default 0
                ingress_bytes  bigint                    not null  default 0
                updated_at     timestamp with time zone  not null  default now()
                """);
        facts.assertConstraints("backend_usage", TO_BACKEND + "PRIMARY KEY (backend_name, period)");
        facts.assertIndexes("backend_usage", "");
    }

    @Test
    void cleanupQueue() throws SQLException {
        facts.assertColumns("cleanup_queue", """
                id            bigint                    not null  default nextval('cleanup_queue_id_seq'::regclass)
                backend_name  text                      not null
                object_key    text                      not null
                reason        text                      not null
                created_at    timestamp with time zone  not null  default now()
                next_retry    timestamp with time zone  not null  default now()
                attempts      integer                   not null  default 0
                last_error    text
                size_bytes    bigint                    not null  default 0
                claimed_at    timestamp with time zone
                claimed_by    text
                """);
        facts.assertConstraints("cleanup_queue", TO_BACKEND + "PRIMARY KEY (id)");
        // idx_cleanup_queue_next_retry is gone since 00011.
        facts.assertIndexes("cleanup_queue", "idx_cleanup_queue_claim (next_retry, created_at) WHERE (attempts < 10)");
    }

    @Test
    void notificationOutbox() throws SQLException {
        facts.assertColumns("notification_outbox", """
                id            bigint                    not null  default nextval('notification_outbox_id_seq'::regclass)
                event_type    text                      not null
                payload       jsonb                     not null
                endpoint_url  text                      not null
                created_at    timestamp with time zone  not null  default now()
                next_retry    timestamp with time zone  not null  default now()
                attempts      integer                   not null  default 0
                last_error    text
                """);
        facts.assertConstraints("notification_outbox", "PRIMARY KEY (id)");
        facts.assertIndexes(
                "notification_outbox", "idx_notification_outbox_pending (next_retry) WHERE (attempts < 10)");
    }

    @Test
    void pendingObjects() throws SQLException {
        facts.assertColumns("pending_objects", """
                intent_id       text                      not null
                object_key      text                      not null
                backend_name    text                      not null
                size_bytes      bigint                    not null
                encrypted       boolean                   not null  default false
                encryption_key  bytea
                key_id          text
                plaintext_size  bigint
                content_hash    text
                created_at      timestamp with time zone  not null  default now()
                """);
        facts.assertConstraints("pending_objects", TO_BACKEND + "PRIMARY KEY (intent_id)");
        facts.assertIndexes("pending_objects", """
                idx_pending_objects_created  (created_at)
                idx_pending_objects_backend  (backend_name)
                """);
    }

    @Test
    void cleanupDlq() throws SQLException {
        facts.assertColumns("cleanup_dlq", """
                id                 bigint                    not null  default nextval('cleanup_dlq_id_seq'::regclass)
                original_id        bigint                    not null
                backend_name       text                      not null
                object_key         text                      not null
                reason             text                      not null
                size_bytes         bigint                    not null  default 0
                attempts           integer                   not null
                first_enqueued_at  timestamp with time zone  not null
                moved_at           timestamp with time zone  not null  default now()
                last_error         text
                """);
        facts.assertConstraints("cleanup_dlq", TO_BACKEND + "PRIMARY KEY (id)");
        facts.assertIndexes("cleanup_dlq", "idx_cleanup_dlq_backend (backend_name)");
    }
}
