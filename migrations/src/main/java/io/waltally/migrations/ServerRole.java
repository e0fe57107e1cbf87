package io.waltally.migrations;

import static io.waltally.migrations.Database.quoted;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** A role of the server, whether waltally created it or not. */
final class ServerRole {
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
    private final Credentials credentials;

    ServerRole(Database database, MigrationTarget target, Credentials credentials) {
        this.database = database;
        this.target = target;
        this.credentials = credentials;
    }

    String name() {
        return credentials.user();
    }

    /**
     * Creates the role, or completes an existing one, and sets its password if one is configured. Not in a
     * transaction, so that it can be retried after a race.
     *
     * @param attributes of the role, such as LOGIN
     * @param complete a query whether the role of that name has them
     */
    void ensureExists(List<String> attributes, String complete, List<String> changes, List<String> notes)
            throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                if (!database.test("SELECT true FROM pg_roles WHERE rolname = ?", name())) {
                    alter("CREATE ROLE " + quoted(name()) + " " + String.join(" ", attributes));
                    changes.add("created role %s with %s".formatted(name(), String.join(" and ", attributes)));
                } else if (!database.test(complete, name())) {
                    alter("ALTER ROLE " + quoted(name()) + " " + String.join(" ", attributes));
                    changes.add("gave role %s %s".formatted(name(), String.join(" and ", attributes)));
                }
                if (credentials.password().isPresent()) {
                    setPassword(credentials.password().get());
                    notes.add("the password of role %s is the configured one".formatted(name()));
                }
                return;
            } catch (SQLException e) {
                if (attempt == MAX_ATTEMPTS || !LOST_RACES.contains(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    /** Runs a statement about the role. If the administrator may not, the exception has the statement. */
    void alter(String sql) throws SQLException {
        try {
            database.execute(sql);
        } catch (SQLException e) {
            throw explained(e, sql);
        }
    }

    private void setPassword(String password) throws SQLException {
        try {
            database.setPassword(name(), password);
        } catch (SQLException e) {
            throw explained(e, "ALTER ROLE " + quoted(name()) + " PASSWORD '...'");
        }
    }

    /** Throws an explained error; otherwise returns the error for the caller to throw. */
    private SQLException explained(SQLException e, String sql) {
        if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
            return e;
        }
        throw new MigrationException(
                "%s (%s) may not prepare role %s: %s. Let a superuser run this, then migrate again: %s;"
                        .formatted(target.admin(), target.key("admin.user"), name(), e.getMessage(), sql),
                e);
    }

    /** Grants what every role of waltally needs: to connect, to name objects, and to write waltally's own tables. */
    void grantOwnTables(List<String> changes) throws SQLException {
        if (!database.test("SELECT has_database_privilege(?, current_database(), 'CONNECT')", name())) {
            String databaseName = database.strings("SELECT current_database()").get(0);
            grant("CONNECT", "DATABASE " + quoted(databaseName), changes);
        }
        for (String schema : List.of("public", "waltally")) {
            if (!database.test("SELECT has_schema_privilege(?, ?, 'USAGE')", name(), schema)) {
                grant("USAGE", "SCHEMA " + schema, changes);
            }
        }
        List<String> tables = database.strings("""
                SELECT format('%I.%I', 'waltally', relname)
                FROM pg_class
                WHERE relnamespace = 'waltally'::regnamespace AND relkind IN ('r', 'p')
                  AND relname <> ALL (?)
                  AND NOT (has_table_privilege(?, oid, 'SELECT') AND has_table_privilege(?, oid, 'INSERT')
                           AND has_table_privilege(?, oid, 'UPDATE') AND has_table_privilege(?, oid, 'DELETE'))
                ORDER BY relname
                """, Migrator.historyTables(), name(), name(), name(), name());
        for (String table : tables) {
            grant("SELECT, INSERT, UPDATE, DELETE", "TABLE " + table, changes);
        }
        List<String> views = database.strings("""
                SELECT format('%I.%I', 'waltally', relname)
                FROM pg_class
                WHERE relnamespace = 'waltally'::regnamespace AND relkind = 'v'
                  AND NOT has_table_privilege(?, oid, 'SELECT')
                ORDER BY relname
                """, name());
        for (String view : views) {
            grant("SELECT", "TABLE " + view, changes);
        }
        List<String> functions = database.strings("""
                SELECT oid::regprocedure::text
                FROM pg_proc
                WHERE pronamespace = 'waltally'::regnamespace AND NOT has_function_privilege(?, oid, 'EXECUTE')
                ORDER BY 1
                """, name());
        for (String function : functions) {
            grant("EXECUTE", "FUNCTION " + function, changes);
        }
        List<String> sequences = database.strings("""
                SELECT format('%I.%I', 'waltally', relname)
                FROM pg_class
                WHERE relnamespace = 'waltally'::regnamespace
                  AND CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(?, oid, 'USAGE') ELSE false END
                ORDER BY relname
                """, name());
        for (String sequence : sequences) {
            grant("USAGE", "SEQUENCE " + sequence, changes);
        }
    }

    private void grant(String privileges, String object, List<String> changes) throws SQLException {
        database.execute("GRANT " + privileges + " ON " + object + " TO " + quoted(name()));
        changes.add("granted %s on %s to role %s".formatted(privileges, object, name()));
    }
}
