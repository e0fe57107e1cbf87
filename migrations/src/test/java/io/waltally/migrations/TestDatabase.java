package io.waltally.migrations;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A database of the test server. */
record TestDatabase(int port, String name) {
    private static final Pattern STATEMENT_END = Pattern.compile(";\n");

    private static final List<String> S3_SCRIPTS = List.of(
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
    private static final List<String> SYNC_SCRIPTS = List.of("V1__create_schema.sql", "V2__fixed_collections.sql");

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + name;
    }

    MigrationTarget target(Store store) {
        return MigrationTarget.of(store, url(), Credentials.of("postgres"));
    }

    Connection connect(String user) throws SQLException {
        return DriverManager.getConnection(url(), user, null);
    }

    void execute(String... statements) throws SQLException {
        executeAs("postgres", statements);
    }

    void executeAs(String user, String... statements) throws SQLException {
        try (Connection connection = connect(user);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** Every row as text, its columns separated by " | ". */
    List<String> query(String sql) throws SQLException {
        return queryAs("postgres", sql);
    }

    List<String> queryAs(String user, String sql) throws SQLException {
        try (Connection connection = connect(user);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> lines = new ArrayList<>();
            int columns = rows.getMetaData().getColumnCount();
            while (rows.next()) {
                List<String> values = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    values.add(rows.getString(i));
                }
                lines.add(String.join(" | ", values));
            }
            return lines;
        }
    }

    /** Makes the schema without Flyway, as the application does: statement by statement, with its own history table. */
    void applyAsApplication(Store store) throws SQLException {
        applyAsApplication(store, Integer.MAX_VALUE);
    }

    /** The same, up to one of its versions. */
    void applyAsApplication(Store store, int version) throws SQLException {
        List<String> scripts = switch (store) {
            case S3 -> S3_SCRIPTS;
            case SYNC -> SYNC_SCRIPTS;
        };
        for (String script : scripts.subList(0, Math.min(version, scripts.size()))) {
            String sql = read("/db/" + store.sourceName() + "/" + script);
            for (String statement : STATEMENT_END.splitAsStream(sql).toList()) {
                execute(statement);
            }
        }
        execute(
                switch (store) {
                    case S3 -> "CREATE TABLE goose_db_version (id int PRIMARY KEY, version_id bigint NOT NULL)";
                    case SYNC -> "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY)";
                });
    }

    /**
     * Everything that the catalogues say of a schema, each row with the transaction that wrote it, so that a statement
     * which changes nothing visible is seen too. The measurements that vacuum and analyze leave there are left out.
     */
    List<String> catalogues(String schema, String... ignoredColumns) throws SQLException {
        String ignored = IntStream.range(0, ignoredColumns.length)
                .mapToObj(i -> "'" + ignoredColumns[i] + "'")
                .collect(Collectors.joining(", ", "ARRAY[", "]::text[]"));
        // A row's writer changes with the ignored columns.
        String writer = ignoredColumns.length == 0 ? "t.xmin::text" : "''";
        return query("""
                WITH relations AS (SELECT oid FROM pg_class WHERE relnamespace = '%1$s'::regnamespace)
                SELECT 'relation', %3$s, to_jsonb(t) - ARRAY['relpages', 'reltuples', 'relallvisible', 'relallfrozen',
                       'relfrozenxid', 'relminmxid', 'relhasindex', 'relhastriggers', 'relhasrules', 'relhassubclass']
                       - %2$s AS row
                  FROM pg_class t WHERE oid IN (SELECT oid FROM relations)
                UNION ALL SELECT 'column', t.xmin::text, to_jsonb(t)
                  FROM pg_attribute t WHERE attrelid IN (SELECT oid FROM relations)
                UNION ALL SELECT 'default', t.xmin::text, to_jsonb(t)
                  FROM pg_attrdef t WHERE adrelid IN (SELECT oid FROM relations)
                UNION ALL SELECT 'constraint', t.xmin::text, to_jsonb(t)
                  FROM pg_constraint t WHERE conrelid IN (SELECT oid FROM relations)
                UNION ALL SELECT 'index', t.xmin::text, to_jsonb(t)
                  FROM pg_index t WHERE indrelid IN (SELECT oid FROM relations)
                UNION ALL SELECT 'trigger', t.xmin::text, to_jsonb(t)
                  FROM pg_trigger t WHERE tgrelid IN (SELECT oid FROM relations)
                UNION ALL SELECT 'type', t.xmin::text, to_jsonb(t)
                  FROM pg_type t WHERE typnamespace = '%1$s'::regnamespace
                UNION ALL SELECT 'sequence', t.xmin::text, to_jsonb(t)
                  FROM pg_sequence t WHERE seqrelid IN (SELECT oid FROM relations)
                UNION ALL SELECT 'schema', t.xmin::text, to_jsonb(t)
                  FROM pg_namespace t WHERE nspname = '%1$s'
                ORDER BY 1, 3
                """.formatted(schema, ignored, writer));
    }

    private static String read(String resource) {
        try (InputStream input = TestDatabase.class.getResourceAsStream(resource)) {
            return new String(input.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }
}
