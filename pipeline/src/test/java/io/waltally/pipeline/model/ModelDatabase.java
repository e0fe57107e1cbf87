package io.waltally.pipeline.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.pipeline.captured.TimeForm;
import io.waltally.workload.oracle.S3Tallies;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.oracle.SyncTallies;
import io.waltally.workload.session.DatabaseAddress;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Collection;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.PGConnection;

/**
 * Writes the rows of models into the applications' tables of a PostgreSQL server, so that SQL computes their tallies.
 */
public final class ModelDatabase implements AutoCloseable {
    private final PostgresServer server = PostgresServer.start(ServerOptions.ephemeral());
    private final DatabaseAddress s3 = migrated(Application.S3, PostgresAddress.S3_DATABASE);
    private final DatabaseAddress sync = migrated(Application.SYNC, PostgresAddress.SYNC_DATABASE);

    public ModelDatabase() throws SQLException {
        try (Connection connection = connect(sync);
                Statement statement = connection.createStatement()) {
            // As the application's documents have it.
            statement.execute("ALTER TABLE bsos ALTER COLUMN expiry DROP NOT NULL");
        }
    }

    private DatabaseAddress migrated(Application store, String database) {
        PostgresAddress address = server.address();
        new Migrator().migrate(MigrationTarget.of(store, address.jdbcUrl(database), Credentials.of(address.user())));
        return DatabaseAddress.trusted(address.jdbcUrl(database), address.user());
    }

    /** What SQL says of the stores' rows, each object of which is to have so many copies. */
    public S3Tallies s3Tallies(Collection<ObjectStoreModel> stores, int replicationFactor) throws SQLException {
        try (Tables tables = new Tables(s3)) {
            tables.truncate("backend_quotas");
            tables.copy(
                    "backend_quotas (backend_name, bytes_limit)",
                    rows(
                            stores,
                            store -> store.limits.entrySet().stream()
                                    .map(limit -> row(limit.getKey(), limit.getValue()))));
            tables.copy(
                    "object_locations (object_key, backend_name, size_bytes, plaintext_size, content_hash, created_at)",
                    rows(
                            stores,
                            store -> store.locations.values().stream()
                                    .map(copy -> row(
                                            copy.getObjectKey(),
                                            copy.getBackendName(),
                                            copy.getSizeBytes(),
                                            copy.getPlaintextSize(),
                                            copy.getContentHash(),
                                            TimeForm.instant(copy.getCreatedAt())))));
            tables.copy(
                    "cleanup_queue (id, backend_name, object_key, reason, size_bytes)",
                    rows(
                            stores,
                            store -> store.queue.values().stream()
                                    .map(orphan -> row(
                                            orphan.getId(),
                                            orphan.getBackendName(),
                                            orphan.getObjectKey(),
                                            "overwrite_displaced",
                                            orphan.getSizeBytes()))));
            tables.copy(
                    "cleanup_dlq (id, original_id, backend_name, object_key, reason, size_bytes, attempts, first_enqueued_at)",
                    rows(
                            stores,
                            store -> store.deadLetters.values().stream()
                                    .map(orphan -> row(
                                            orphan.getId(),
                                            orphan.getId(),
                                            orphan.getBackendName(),
                                            orphan.getObjectKey(),
                                            "overwrite_displaced",
                                            orphan.getSizeBytes(),
                                            10,
                                            store.log.now()))));
            tables.copy(
                    "multipart_uploads (upload_id, object_key, backend_name)",
                    rows(
                            stores,
                            store -> store.uploads.values().stream()
                                    .map(upload -> row(
                                            upload.getUploadId(), upload.getObjectKey(), upload.getBackendName()))));
            tables.copy(
                    "multipart_parts (upload_id, part_number, etag, size_bytes)",
                    rows(
                            stores,
                            store -> store.parts.values().stream()
                                    .map(part -> row(
                                            part.getUploadId(), part.getPartNumber(), "etag", part.getSizeBytes()))));
            tables.copy(
                    "backend_usage (backend_name, period, api_requests, egress_bytes, ingress_bytes)",
                    rows(
                            stores,
                            store -> store.usage.values().stream()
                                    .map(usage -> row(
                                            usage.getBackendName(),
                                            usage.getPeriod(),
                                            usage.getApiRequests(),
                                            usage.getEgressBytes(),
                                            usage.getIngressBytes()))));
        }
        return new SqlOracle(s3).s3Tallies(replicationFactor);
    }

    /** What SQL says of their rows at that time. */
    public SyncTallies syncTallies(Collection<SyncModel> syncs, Instant now) throws SQLException {
        try (Tables tables = new Tables(sync)) {
            tables.truncate("collections, user_collections");
            tables.copy(
                    "collections (collection_id, name)",
                    rows(
                            syncs,
                            model -> model.names.entrySet().stream().map(name -> row(name.getKey(), name.getValue()))));
            tables.copy(
                    "user_collections (user_id, collection_id, modified)",
                    rows(
                            syncs,
                            model -> model.collections.values().stream()
                                    .map(collection -> row(
                                            collection.getUserId(),
                                            collection.getCollectionId(),
                                            TimeForm.instant(collection.getModified())))));
            tables.copy(
                    "bsos (user_id, collection_id, bso_id, payload, modified, expiry)",
                    rows(
                            syncs,
                            model -> model.records.values().stream()
                                    .map(record -> row(
                                            record.getUserId(),
                                            record.getCollectionId(),
                                            record.getBsoId(),
                                            record.getPayload(),
                                            model.log.now(),
                                            TimeForm.INFINITY.equals(record.getExpiry())
                                                    ? TimeForm.INFINITY
                                                    : TimeForm.instant(record.getExpiry())))));
        }
        return new SqlOracle(sync).syncTallies(now);
    }

    private interface RowsOf<M> {
        Stream<String> of(M model);
    }

    private static <M> String rows(Collection<M> models, RowsOf<M> rows) {
        return models.stream().flatMap(rows::of).collect(Collectors.joining());
    }

    private static String row(Object... values) {
        return Stream.of(values).map(ModelDatabase::text).collect(Collectors.joining("\t", "", "\n"));
    }

    /** In the text format of COPY. */
    private static String text(Object value) {
        return value == null
                ? "\\N"
                : value.toString()
                        .replace("\\", "\\\\")
                        .replace("\t", "\\t")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r");
    }

    private static Connection connect(DatabaseAddress address) throws SQLException {
        return DriverManager.getConnection(address.url(), address.user(), address.password());
    }

    @Override
    public void close() {
        server.close();
    }

    /** The tables of a database, written in one transaction. */
    private static final class Tables implements AutoCloseable {
        private final Connection connection;

        Tables(DatabaseAddress address) throws SQLException {
            connection = connect(address);
            connection.setAutoCommit(false);
        }

        /** Also those that refer to them. */
        void truncate(String tables) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute("TRUNCATE " + tables + " CASCADE");
            }
        }

        void copy(String columns, String rows) throws SQLException {
            try {
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        // Not as text: the driver encodes that piece by piece, and a piece may end within a character.
                        .copyIn("COPY " + columns + " FROM STDIN", new ByteArrayInputStream(rows.getBytes(UTF_8)));
            } catch (IOException e) {
                throw new SQLException("cannot copy to " + columns, e);
            }
        }

        @Override
        public void close() throws SQLException {
            try (connection) {
                connection.commit();
            }
        }
    }
}
