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
    /** By the attribute, or by the group that hosting services use instead of it. */
    private static final String MAY_REPLICATE = """
            SELECT r.rolcanlogin AND (r.rolreplication OR r.rolsuper OR EXISTS (
                SELECT FROM pg_roles g WHERE g.rolname = 'rds_replication' AND pg_has_role(r.oid, g.oid, 'USAGE')))
            FROM pg_roles r
            WHERE r.rolname = ?
            """;

    private final Database database;
    private final MigrationTarget target;
    private final ServerRole role;
    private final String name;

    PipelineRole(Database database, MigrationTarget target) {
        this.database = database;
        this.target = target;
        role = new ServerRole(database, target, target.pipeline());
        name = role.name();
    }

    /** Creates the role, or completes an existing one. */
    void ensureExists(List<String> changes, List<String> notes) throws SQLException {
        role.ensureExists(List.of("LOGIN", "REPLICATION"), MAY_REPLICATE, changes, notes);
    }

    /** Grants what is missing, and revokes SELECT on tables that are not captured any more. */
    void reconcileGrants(List<String> noLongerCaptured, List<String> changes) throws SQLException {
        role.grantOwnTables(changes);
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
    }

    /**
     * Privileges of the role beyond what it needs, regardless of the grantor: reported, not revoked.
     *
     * @param needed tables on which sinks need more
     */
    void reportExcess(Set<String> needed, List<String> notes) throws SQLException {
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
                  AND relname <> ALL (?)
                  AND (has_table_privilege(?, oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                       OR has_table_privilege(?, oid, 'SELECT')
                          AND NOT EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = c.oid))
                ORDER BY relname
                """, needed, name, name);
        if (!excess.isEmpty()) {
            notes.add("role %s has more rights than it needs on %s".formatted(name, String.join(", ", excess)));
        }
    }

    /** Row security would hide rows from a snapshot, but not from the stream. */
    void bypassRowSecurity(List<String> changes) throws SQLException {
        List<String> secured = database.strings("""
                SELECT relname
                FROM pg_class c JOIN pg_roles r ON r.rolname = ?
                WHERE relnamespace = 'public'::regnamespace AND relname = ANY (?) AND relrowsecurity
                  AND NOT (rolsuper OR rolbypassrls OR relowner = r.oid AND NOT relforcerowsecurity)
                ORDER BY relname
                """, name, target.tables());
        if (!secured.isEmpty()) {
            role.alter("ALTER ROLE " + quoted(name) + " BYPASSRLS");
            changes.add("gave role %s BYPASSRLS, for row security hides rows of %s"
                    .formatted(name, String.join(", ", secured)));
        }
    }
}
