package io.waltally.migrations;

import static io.waltally.migrations.Database.publicTables;
import static io.waltally.migrations.Database.quoted;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Maintains waltally's publication: exactly the captured tables, whole rows, every operation, a partitioned table as
 * one. Stored generated columns are part of a row from PostgreSQL 18 on; no earlier server publishes them.
 *
 * <p>Not a versioned migration, because it follows the configuration: a table that joins or leaves the list joins or
 * leaves the publication in the next run.
 */
final class Publication {
    /** Without it only snapshots would have these columns. */
    private static final String GENERATED_COLUMNS = "publish_generated_columns = stored";

    /** Also for partitions that are added later. */
    private static final String PARTITIONED_TABLES = "publish_via_partition_root = true";

    private final Database database;
    private final MigrationTarget target;

    Publication(Database database, MigrationTarget target) {
        this.database = database;
        this.target = target;
    }

    /** The published tables of schema {@code public}; empty if there are none. */
    List<String> tables() throws SQLException {
        return database.strings("""
                SELECT c.relname
                FROM pg_publication p
                JOIN pg_publication_rel r ON r.prpubid = p.oid
                JOIN pg_class c ON c.oid = r.prrelid
                WHERE p.pubname = ? AND c.relnamespace = 'public'::regnamespace
                ORDER BY c.relname
                """, target.publication());
    }

    void reconcile(List<String> changes) throws SQLException {
        List<String> owners = foreignOwners();
        try {
            bringUpToDate(changes);
        } catch (SQLException e) {
            if (!ServerRole.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState()) || owners.isEmpty()) {
                throw e;
            }
            throw new MigrationException(
                    "%s (%s) may not publish the tables, because others own them or the publication: %s. Let a superuser run this, then migrate again: %s;"
                            .formatted(
                                    target.admin(),
                                    target.key("admin.user"),
                                    e.getMessage(),
                                    owners.stream()
                                            .map(owner -> "GRANT " + owner + " TO "
                                                    + quoted(target.admin().user()))
                                            .collect(Collectors.joining("; "))),
                    e);
        }
    }

    /** Owners of the tables and the publication that the administrator has no rights on. */
    private List<String> foreignOwners() throws SQLException {
        return database.strings("""
                SELECT DISTINCT quote_ident(pg_get_userbyid(relowner))
                FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relname = ANY (?) AND NOT pg_has_role(relowner, 'USAGE')
                UNION
                SELECT quote_ident(pg_get_userbyid(pubowner))
                FROM pg_publication
                WHERE pubname = ? AND NOT pg_has_role(pubowner, 'USAGE')
                ORDER BY 1
                """, target.tables(), target.publication());
    }

    private void bringUpToDate(List<String> changes) throws SQLException {
        String name = target.publication();
        String wanted = publicTables(target.tables());
        if (!database.test("SELECT true FROM pg_publication WHERE pubname = ?", name)) {
            database.execute("CREATE PUBLICATION " + quoted(name) + " FOR TABLE " + wanted + " WITH ("
                    + PARTITIONED_TABLES + (knowsGeneratedColumns() ? ", " + GENERATED_COLUMNS : "") + ")");
            changes.add("created publication %s of %s".formatted(name, String.join(", ", target.tables())));
            return;
        }
        if (database.test("SELECT puballtables FROM pg_publication WHERE pubname = ?", name)) {
            throw new MigrationException(
                    "publication %s in %s is FOR ALL TABLES, but waltally's must list its tables. Drop it, or set %s"
                            .formatted(name, target.address(), target.key("publication")));
        }
        if (!listsExactly()) {
            List<String> before = tables();
            database.execute("ALTER PUBLICATION " + quoted(name) + " SET TABLE " + wanted);
            changes.add(difference(before));
        }
        if (!publishesEverything()) {
            database.execute(
                    "ALTER PUBLICATION " + quoted(name) + " SET (publish = 'insert, update, delete, truncate')");
            changes.add("let publication %s publish insert, update, delete and truncate".formatted(name));
        }
        if (!database.test("SELECT pubviaroot FROM pg_publication WHERE pubname = ?", name)) {
            database.execute("ALTER PUBLICATION " + quoted(name) + " SET (" + PARTITIONED_TABLES + ")");
            changes.add("let publication %s publish partitioned tables as one".formatted(name));
        }
        if (knowsGeneratedColumns()
                && !database.test("SELECT pubgencols = 's' FROM pg_publication WHERE pubname = ?", name)) {
            database.execute("ALTER PUBLICATION " + quoted(name) + " SET (" + GENERATED_COLUMNS + ")");
            changes.add("let publication %s publish stored generated columns".formatted(name));
        }
    }

    private boolean listsExactly() throws SQLException {
        // Read as JSON, because PostgreSQL 14 lacks the columns of row filters and column lists.
        boolean wholeTablesOnly = database.test("""
                SELECT count(*) = ?
                   AND coalesce(bool_and(c.relnamespace = 'public'::regnamespace AND c.relname = ANY (?)
                                         AND to_jsonb(r) ->> 'prqual' IS NULL AND to_jsonb(r) ->> 'prattrs' IS NULL), false)
                FROM pg_publication p
                JOIN pg_publication_rel r ON r.prpubid = p.oid
                JOIN pg_class c ON c.oid = r.prrelid
                WHERE p.pubname = ?
                """, target.tables().size(), target.tables(), target.publication());
        boolean wholeSchemas = database.majorVersion() >= 15 && database.test("""
                        SELECT true
                        FROM pg_publication p
                        JOIN pg_publication_namespace n ON n.pnpubid = p.oid
                        WHERE p.pubname = ?
                        """, target.publication());
        return wholeTablesOnly && !wholeSchemas;
    }

    private boolean knowsGeneratedColumns() throws SQLException {
        return database.majorVersion() >= 18;
    }

    private boolean publishesEverything() throws SQLException {
        return database.test(
                "SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate FROM pg_publication WHERE pubname = ?",
                target.publication());
    }

    private String difference(List<String> before) {
        List<String> added = without(target.tables(), before);
        List<String> removed = without(before, target.tables());
        List<String> parts = new ArrayList<>();
        if (!added.isEmpty()) {
            parts.add("added %s to".formatted(String.join(", ", added)));
        }
        if (!removed.isEmpty()) {
            parts.add("removed %s from".formatted(String.join(", ", removed)));
        }
        if (parts.isEmpty()) {
            parts.add("took row filters, column lists and other schemas from");
        }
        return String.join(" and ", parts) + " publication " + target.publication();
    }

    static List<String> without(List<String> names, List<String> excluded) {
        return names.stream().filter(name -> !excluded.contains(name)).toList();
    }
}
