package io.waltally.migrations;

import static io.waltally.migrations.Database.publicTables;
import static io.waltally.migrations.Database.quoted;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/**
 * The role that the pipeline connects as. It may read the captured tables and nothing else of the application;
 * REPLICATION lets it create, advance and read slots; in schema {@code waltally} it writes waltally's own tables,
 * except the histories of the migrations.
 */
final class PipelineRole {
    private static final int MAX_ATTEMPTS = 10;
    static final String INSUFFICIENT_PRIVILEGE = "42501";

    /**
     * Roles belong to the whole server: the migration of another database may create or alter the same one meanwhile.
     */
    private static final Set<String> LOST_RACES = Set.of(
            "42710", // duplicate_object
            "23505", // unique_violation, of the catalogue's own index
            "XX000"); // "tuple concurrently updated"

    private final Database database;
    private final MigrationTarget target;
    private final String name;

    PipelineRole(Database database, MigrationTarget target) {
        this.database = database;
        this.target = target;
        this.name = target.pipeline().user();
    }

    /**
     * Creates the role, or completes an existing one. Not in a transaction, so that it can be retried after a race.
     */
    void ensureExists(List<String> changes, List<String> notes) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                if (!database.test("SELECT true FROM pg_roles WHERE rolname = ?", name)) {
                    alterOrExplain("CREATE ROLE " + quoted(name) + " LOGIN REPLICATION");
                    changes.add("created role %s with LOGIN and REPLICATION".formatted(name));
                } else if (!mayReplicate()) {
                    alterOrExplain("ALTER ROLE " + quoted(name) + " LOGIN REPLICATION");
                    changes.add("gave role %s LOGIN and REPLICATION".formatted(name));
                }
                if (target.pipeline().password().isPresent()) {
                    setPassword(target.pipeline().password().get());
                    notes.add("the password of role %s is the configured one".formatted(name));
                }
                return;
            } catch (SQLException e) {
                if (attempt == MAX_ATTEMPTS || !LOST_RACES.contains(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    /** Grants what is missing, and revokes SELECT on tables that are not captured any more. */
    void reconcileGrants(List<String> noLongerCaptured, List<String> changes) throws SQLException {
        if (!database.test("SELECT has_database_privilege(?, current_database(), 'CONNECT')", name)) {
            String databaseName = database.strings("SELECT current_database()").get(0);
            grant("CONNECT", "DATABASE " + quoted(databaseName), changes);
        }
        for (String schema : List.of("public", "waltally")) {
            if (!database.test("SELECT has_schema_privilege(?, ?, 'USAGE')", name, schema)) {
                grant("USAGE", "SCHEMA " + schema, changes);
            }
        }
        List<String> unreadable = database.strings("""
                SELECT relname
                FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relname = ANY (?)
                  AND NOT has_table_privilege(?, oid, 'SELECT')
                ORDER BY relname
                """, target.tables(), name);
        if (!unreadable.isEmpty()) {
            database.execute("GRANT SELECT ON " + publicTables(unreadable) + " TO " + quoted(name));
            changes.add("granted SELECT on %s to role %s".formatted(String.join(", ", unreadable), name));
        }
        if (!noLongerCaptured.isEmpty()) {
            database.execute("REVOKE SELECT ON " + publicTables(noLongerCaptured) + " FROM " + quoted(name));
            changes.add("revoked SELECT on %s from role %s".formatted(String.join(", ", noLongerCaptured), name));
        }
        grantOwnTables(changes);
    }

    /** Privileges of the role beyond what it needs, whoever granted them: reported, not revoked. */
    void reportExcess(List<String> notes) throws SQLException {
        if (database.test("SELECT rolsuper FROM pg_roles WHERE rolname = ?", name)) {
            notes.add("role %s is a superuser; the pipeline needs LOGIN, REPLICATION and SELECT only".formatted(name));
            return;
        }
        if (database.test("SELECT has_schema_privilege(?, 'public', 'CREATE')", name)) {
            notes.add(
                    ("role %s may create objects in schema public (PostgreSQL 14 grants that to everybody); to end it:"
                                    + " REVOKE CREATE ON SCHEMA public FROM PUBLIC")
                            .formatted(name));
        }
        // A published table does not count as excess: REPLICATION reads it anyway, and another store may share the
        // role.
        List<String> excess = database.strings("""
                SELECT relname
                FROM pg_class c
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
                  AND (has_table_privilege(?, oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                       OR has_table_privilege(?, oid, 'SELECT')
                          AND NOT EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = c.oid))
                ORDER BY relname
                """, name, name);
        if (!excess.isEmpty()) {
            notes.add("role %s has more rights than it needs on %s".formatted(name, String.join(", ", excess)));
        }
    }

    /** Row security would hide rows from a snapshot, but not from the stream. */
    void seeAllRows(List<String> changes) throws SQLException {
        List<String> secured = database.strings("""
                SELECT relname
                FROM pg_class c JOIN pg_roles r ON r.rolname = ?
                WHERE relnamespace = 'public'::regnamespace AND relname = ANY (?) AND relrowsecurity
                  AND NOT (rolsuper OR rolbypassrls OR relowner = r.oid AND NOT relforcerowsecurity)
                ORDER BY relname
                """, name, target.tables());
        if (!secured.isEmpty()) {
            alterOrExplain("ALTER ROLE " + quoted(name) + " BYPASSRLS");
            changes.add("gave role %s BYPASSRLS, for row security hides rows of %s"
                    .formatted(name, String.join(", ", secured)));
        }
    }

    private void grantOwnTables(List<String> changes) throws SQLException {
        List<String> tables = database.strings("""
                SELECT format('%I.%I', 'waltally', relname)
                FROM pg_class
                WHERE relnamespace = 'waltally'::regnamespace AND relkind IN ('r', 'p')
                  AND relname <> ALL (?)
                  AND NOT (has_table_privilege(?, oid, 'SELECT') AND has_table_privilege(?, oid, 'INSERT')
                           AND has_table_privilege(?, oid, 'UPDATE') AND has_table_privilege(?, oid, 'DELETE'))
                ORDER BY relname
                """, Migrator.historyTables(), name, name, name, name);
        for (String table : tables) {
            grant("SELECT, INSERT, UPDATE, DELETE", "TABLE " + table, changes);
        }
        List<String> sequences = database.strings("""
                SELECT format('%I.%I', 'waltally', relname)
                FROM pg_class
                WHERE relnamespace = 'waltally'::regnamespace
                  AND CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(?, oid, 'USAGE') ELSE false END
                ORDER BY relname
                """, name);
        for (String sequence : sequences) {
            grant("USAGE", "SEQUENCE " + sequence, changes);
        }
    }

    private void grant(String privileges, String object, List<String> changes) throws SQLException {
        database.execute("GRANT " + privileges + " ON " + object + " TO " + quoted(name));
        changes.add("granted %s on %s to role %s".formatted(privileges, object, name));
    }

    /** By the attribute, or by the group that hosting services use instead of it. */
    private boolean mayReplicate() throws SQLException {
        return database.test("""
                SELECT r.rolcanlogin AND (r.rolreplication OR r.rolsuper OR EXISTS (
                    SELECT FROM pg_roles g WHERE g.rolname = 'rds_replication' AND pg_has_role(r.oid, g.oid, 'USAGE')))
                FROM pg_roles r
                WHERE r.rolname = ?
                """, name);
    }

    private void alterOrExplain(String sql) throws SQLException {
        try {
            database.execute(sql);
        } catch (SQLException e) {
            throw explained(e, sql);
        }
    }

    private void setPassword(String password) throws SQLException {
        try {
            database.setPassword(name, password);
        } catch (SQLException e) {
            throw explained(e, "ALTER ROLE " + quoted(name) + " PASSWORD '...'");
        }
    }

    /** Throws an explained error; otherwise returns the error for the caller to throw. */
    private SQLException explained(SQLException e, String sql) {
        if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
            return e;
        }
        throw new MigrationException(
                "%s (%s) may not prepare role %s: %s. Let a superuser run this, then migrate again: %s;"
                        .formatted(target.admin(), target.key("admin.user"), name, e.getMessage(), sql),
                e);
    }
}
