package io.waltally.migrations;

import static io.waltally.migrations.Database.quoted;

import io.waltally.migrations.SinkPrivilege.ObjectPrivilege;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The privileges of sinks on the application's tables. The configured ones are granted, and others that a sink of the
 * store could have are revoked from the roles of sinks and pipeline. What the application's tables lack is reported.
 */
final class SinkGrants {
    private static final String CAN_LOG_IN = "SELECT rolcanlogin FROM pg_roles WHERE rolname = ?";

    private final Database database;
    private final MigrationTarget target;

    SinkGrants(Database database, MigrationTarget target) {
        this.database = database;
        this.target = target;
    }

    /** Creates the role of the sinks if it is another one than that of the pipeline. */
    void ensureRoleExists(List<String> changes, List<String> notes) throws SQLException {
        if (hasOwnRole()) {
            role().ensureExists(List.of("LOGIN"), CAN_LOG_IN, changes, notes);
        }
    }

    void reconcile(List<String> changes, List<String> notes) throws SQLException {
        List<ObjectPrivilege> wanted = wanted();
        if (hasOwnRole()) {
            role().grantOwnTables(changes);
            // The pipeline reads captured tables, and needs nothing else.
            revoke(target.pipeline().user(), withoutReading(SinkPrivilege.all(target.application())), changes);
        }
        String name = sinkRole();
        for (ObjectPrivilege privilege : wanted) {
            if (!exists(privilege)) {
                notes.add(
                        "the application's schema has no %s, on which a sink needs %s; once the application has made it, run waltally migrate again"
                                .formatted(
                                        privilege.object()
                                                + privilege
                                                        .column()
                                                        .map(column -> "." + column)
                                                        .orElse(""),
                                        privilege.privilege()));
            } else if (!has(name, privilege)) {
                database.execute("GRANT " + privilege.toSql() + " TO " + quoted(name));
                changes.add("granted %s to role %s".formatted(privilege, name));
            }
        }
        List<ObjectPrivilege> unwanted = SinkPrivilege.all(target.application()).stream()
                .filter(privilege -> !wanted.contains(privilege))
                .toList();
        revoke(name, hasOwnRole() ? unwanted : withoutReading(unwanted), changes);
    }

    /**
     * Tables beyond the captured ones on which the pipeline's role may have privileges, because it is that of sinks.
     */
    Set<String> tablesOfPipelineRole() {
        Set<String> tables = new HashSet<>();
        if (!hasOwnRole()) {
            wanted().forEach(privilege -> tables.add(privilege.object()));
        }
        return tables;
    }

    private List<ObjectPrivilege> wanted() {
        return target.sinks().stream()
                .flatMap(access -> access.privileges().stream())
                .filter(privilege -> privilege.application() == target.application())
                .sorted()
                .flatMap(privilege -> privilege.parts().stream())
                .distinct()
                .toList();
    }

    private static List<ObjectPrivilege> withoutReading(List<ObjectPrivilege> privileges) {
        return privileges.stream()
                .filter(privilege -> !privilege.privilege().equals("SELECT"))
                .toList();
    }

    private boolean hasOwnRole() {
        return !sinkRole().equals(target.pipeline().user());
    }

    private String sinkRole() {
        return target.sinks()
                .map(access -> access.role().user())
                .orElse(target.pipeline().user());
    }

    private ServerRole role() {
        return new ServerRole(database, target, target.sinks().orElseThrow().role());
    }

    private boolean exists(ObjectPrivilege privilege) throws SQLException {
        return database.test(
                """
                SELECT true
                FROM pg_class c LEFT JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
                WHERE relnamespace = 'public'::regnamespace AND relname = ? AND (a.attname = ? OR ? = '')
                LIMIT 1
                """,
                privilege.object(),
                privilege.column().orElse(""),
                privilege.column().orElse(""));
    }

    private boolean has(String role, ObjectPrivilege privilege) throws SQLException {
        String object = "public." + quoted(privilege.object());
        if (privilege.sequence()) {
            return database.test("SELECT has_sequence_privilege(?, ?, ?)", role, object, privilege.privilege());
        }
        if (privilege.column().isPresent()) {
            return database.test(
                    "SELECT has_column_privilege(?, ?, ?, ?)",
                    role,
                    object,
                    privilege.column().get(),
                    privilege.privilege());
        }
        return database.test("SELECT has_table_privilege(?, ?, ?)", role, object, privilege.privilege());
    }

    /** Only what was granted to the role itself: an owner, a superuser or a member of another role stays as it is. */
    private void revoke(String role, List<ObjectPrivilege> privileges, List<String> changes) throws SQLException {
        List<String> explicit = database.strings("""
                SELECT concat_ws('|', relname, attname, privilege_type)
                FROM (SELECT c.relname, NULL::name AS attname, c.relowner, acl.*
                      FROM pg_class c, aclexplode(c.relacl) acl
                      WHERE c.relnamespace = 'public'::regnamespace
                      UNION ALL
                      SELECT c.relname, a.attname, c.relowner, acl.*
                      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) acl
                      WHERE c.relnamespace = 'public'::regnamespace) AS granted
                JOIN pg_roles r ON r.oid = grantee
                WHERE r.rolname = ? AND grantee <> relowner
                """, role);
        for (ObjectPrivilege privilege : privileges) {
            String entry = String.join(
                    "|",
                    Stream.of(
                                    Stream.of(privilege.object()),
                                    privilege.column().stream(),
                                    Stream.of(privilege.privilege()))
                            .flatMap(part -> part)
                            .toList());
            if (explicit.contains(entry)) {
                database.execute("REVOKE " + privilege.toSql() + " FROM " + quoted(role));
                changes.add("revoked %s from role %s".formatted(privilege, role));
            }
        }
    }
}
