package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.error.CaptureException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Checks everything that a server needs so that it can be captured without a gap, with the privileges of the capturing
 * role. All problems are reported at once, each with its remedy.
 */
public final class Prerequisites {
    private static final int OLDEST_VERSION = 14;

    private static final String SERVER = """
            SELECT pg_is_in_recovery() AS replica,
                   current_setting('server_version_num')::int / 10000 AS version,
                   current_setting('wal_level') AS wal_level,
                   current_setting('max_replication_slots')::int AS most_slots,
                   (SELECT count(*) FROM pg_replication_slots) AS slots,
                   EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ?) AS slot_exists,
                   quote_ident(current_user) AS role,
                   (SELECT r.rolreplication OR r.rolsuper OR EXISTS (
                        SELECT FROM pg_roles g
                        WHERE g.rolname = 'rds_replication' AND pg_has_role(r.oid, g.oid, 'USAGE'))
                    FROM pg_roles r WHERE r.rolname = current_user) AS may_replicate,
                   has_schema_privilege('public', 'USAGE') AS may_use_schema,
                   (SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate
                    FROM pg_publication WHERE pubname = ?) AS publishes_everything
            """;

    /** Read as JSON, because PostgreSQL 14 lacks the columns of row filters and column lists. */
    private static final String TABLES = """
            SELECT wanted.name,
                   'public.' || quote_ident(wanted.name) AS qualified,
                   c.oid IS NOT NULL AS present,
                   EXISTS (SELECT FROM pg_publication_tables t
                           WHERE t.pubname = p.pubname AND t.schemaname = 'public' AND t.tablename = wanted.name) AS published,
                   c.relkind = 'p' AND r.oid IS NOT NULL AS published_as_partitions,
                   to_jsonb(r) ->> 'prqual' IS NOT NULL OR to_jsonb(r) ->> 'prattrs' IS NOT NULL AS partial,
                   EXISTS (SELECT FROM pg_index i
                           WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate) AS keyed,
                   ARRAY(SELECT format('%I.%I', n.nspname, m.relname)
                         FROM (SELECT c.oid AS relid UNION SELECT relid FROM pg_partition_tree(c.oid) WHERE isleaf) t
                         JOIN pg_class m ON m.oid = t.relid AND m.relkind IN ('r', 'p')
                         JOIN pg_namespace n ON n.oid = m.relnamespace
                         WHERE m.relreplident = 'n'
                            OR m.relreplident = 'i' AND NOT EXISTS (
                                SELECT FROM pg_index k JOIN pg_index i USING (indrelid)
                                WHERE indrelid = m.oid AND k.indisprimary AND i.indisreplident
                                  -- Included columns come last, and are no part of an identity.
                                  AND (k.indkey::int2[])[0:k.indnkeyatts - 1] <@ (i.indkey::int2[])[0:i.indnkeyatts - 1])
                         ORDER BY 1) AS unidentified,
                   ARRAY(SELECT string_agg(quote_ident(a.attname), ' and ' ORDER BY a.attnum)
                         FROM pg_attribute a
                         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                         GROUP BY lower(a.attname) HAVING count(*) > 1
                         ORDER BY 1) AS alike,
                   has_table_privilege(c.oid, 'SELECT') AS readable,
                   row_security_active(c.oid) AS hides_rows
            FROM unnest(?) WITH ORDINALITY AS wanted (name, place)
            LEFT JOIN pg_class c ON c.relname = wanted.name AND c.relnamespace = 'public'::regnamespace
                                AND c.relkind IN ('r', 'p')
            LEFT JOIN pg_publication p ON p.pubname = ?
            LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
            ORDER BY wanted.place
            """;

    private final CaptureConfig config;
    private final Connection connection;
    private final List<Problem> problems = new ArrayList<>();

    /**
     * A prerequisite that a server lacks.
     *
     * @param remedy a statement or command
     */
    public record Problem(String what, String remedy) {
        @Override
        public String toString() {
            return what + ": " + remedy;
        }
    }

    private Prerequisites(CaptureConfig config, Connection connection) {
        this.config = config;
        this.connection = connection;
    }

    /** @throws CaptureException listing all problems */
    public static void require(CaptureConfig config) throws SQLException {
        try (Connection connection = config.database().connect()) {
            List<Problem> problems = problems(config, connection);
            if (!problems.isEmpty()) {
                throw new CaptureException(problems.stream()
                        .map(problem -> "\n- " + problem)
                        .collect(Collectors.joining("", config.database() + " cannot be captured yet:", "")));
            }
        }
    }

    /** The prerequisites that the server lacks; empty if the source can be captured. */
    public static List<Problem> problems(CaptureConfig config, Connection connection) throws SQLException {
        return new Prerequisites(config, connection).problems();
    }

    private List<Problem> problems() throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(SERVER)) {
            query.setString(1, config.slot());
            query.setString(2, config.publication());
            try (ResultSet row = query.executeQuery()) {
                row.next();
                if (row.getInt("version") < OLDEST_VERSION) {
                    problem(
                            "the server is PostgreSQL " + row.getInt("version"),
                            "upgrade it to " + OLDEST_VERSION + " or later");
                }
                if (row.getBoolean("replica")) {
                    problem(
                            "the server is a read replica",
                            "set sources." + config.source() + ".url to the address of its primary");
                }
                String role = row.getString("role");
                checkWalLevel(row.getString("wal_level"));
                if (!row.getBoolean("slot_exists")) {
                    checkSlots(row.getInt("slots"), row.getInt("most_slots"));
                }
                checkRole(row, role);
                checkTables(role, publishes(row));
            }
        }
        return problems;
    }

    private void checkWalLevel(String level) {
        if (!level.equals("logical")) {
            problem("wal_level is " + level, "ALTER SYSTEM SET wal_level = 'logical', and restart the server");
        }
    }

    private void checkSlots(int used, int limit) {
        if (used >= limit) {
            problem(
                    "all " + limit + " replication slots are taken",
                    "drop one that nothing uses (SELECT slot_name, active FROM pg_replication_slots), or ALTER SYSTEM SET"
                            + " max_replication_slots = " + (used + 1) + ", and restart the server");
        }
    }

    private void checkRole(ResultSet row, String role) throws SQLException {
        if (!row.getBoolean("may_replicate")) {
            problem("role " + role + " may not replicate", "ALTER ROLE " + role + " REPLICATION");
        }
        if (!row.getBoolean("may_use_schema")) {
            problem("role " + role + " may not use schema public", "GRANT USAGE ON SCHEMA public TO " + role);
        }
    }

    /** Whether the publication exists. */
    private boolean publishes(ResultSet row) throws SQLException {
        boolean everything = row.getBoolean("publishes_everything");
        if (row.wasNull()) {
            problem("there is no publication " + config.publication(), "waltally migrate");
            return false;
        }
        if (!everything) {
            problem(
                    "publication " + config.publication() + " leaves operations out",
                    "ALTER PUBLICATION " + config.publication()
                            + " SET (publish = 'insert, update, delete, truncate')");
        }
        return true;
    }

    private void checkTables(String role, boolean publicationExists) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(TABLES)) {
            query.setArray(1, connection.createArrayOf("text", config.tables().toArray()));
            query.setString(2, config.publication());
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    String table = row.getString("qualified");
                    if (!row.getBoolean("present")) {
                        problem(
                                "there is no table " + table,
                                "let the application make it, or waltally migrate; if the application does without it now,"
                                        + " leave it out of sources." + config.source() + ".tables");
                        continue;
                    }
                    if (publicationExists) {
                        checkPublished(row, table);
                    }
                    checkTable(row, table, role);
                }
            }
        }
    }

    private void checkPublished(ResultSet row, String table) throws SQLException {
        String alter = "ALTER PUBLICATION " + config.publication();
        if (row.getBoolean("partial")) {
            problem(
                    "publication " + config.publication() + " leaves rows or columns of " + table + " out",
                    alter + " DROP TABLE " + table + "; " + alter + " ADD TABLE " + table);
        } else if (!row.getBoolean("published")) {
            problem(
                    "publication " + config.publication() + " does not publish " + table,
                    row.getBoolean("published_as_partitions")
                            ? alter + " SET (publish_via_partition_root = true)"
                            : alter + " ADD TABLE " + table);
        }
    }

    private void checkTable(ResultSet row, String table, String role) throws SQLException {
        if (!row.getBoolean("keyed")) {
            problem(
                    table + " has no primary key that is checked at once, so its rows cannot be identified",
                    "ALTER TABLE " + table
                            + " ADD PRIMARY KEY (...), or leave it out of what is published and configured");
        } else {
            // A partition has a replica identity of its own.
            for (String relation : (String[]) row.getArray("unidentified").getArray()) {
                problem(
                        "the replica identity of " + relation + " does not hold its primary key",
                        "ALTER TABLE " + relation + " REPLICA IDENTITY DEFAULT");
            }
        }
        for (String columns : (String[]) row.getArray("alike").getArray()) {
            problem(
                    "columns " + columns + " of " + table
                            + " differ only by case, and Debezium does not distinguish them",
                    "rename all but one, or leave " + table + " out of what is published and configured");
        }
        if (!row.getBoolean("readable")) {
            problem("role " + role + " may not read " + table, "GRANT SELECT ON " + table + " TO " + role);
        }
        if (row.getBoolean("hides_rows")) {
            problem("row security hides rows of " + table + " from role " + role, "ALTER ROLE " + role + " BYPASSRLS");
        }
    }

    private void problem(String what, String remedy) {
        problems.add(new Problem(what, remedy));
    }
}
