package io.waltally.migrations;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Privileges of sinks on the application's own tables. Every sink may write waltally's own tables. */
@SuppressWarnings("ImmutableEnumChecker") // its lists are made by List.of
public enum SinkPrivilege {
    /** Compare {@code backend_quotas} with the exact values. */
    READ_QUOTAS(Application.S3, List.of(ObjectPrivilege.onTable("SELECT", "backend_quotas"))),

    /** Write the counters of {@code backend_quotas}. */
    UPDATE_QUOTAS(
            Application.S3,
            List.of(
                    ObjectPrivilege.onTable("SELECT", "backend_quotas"),
                    ObjectPrivilege.onColumn("UPDATE", "backend_quotas", "bytes_used"),
                    ObjectPrivilege.onColumn("UPDATE", "backend_quotas", "orphan_bytes"),
                    ObjectPrivilege.onColumn("UPDATE", "backend_quotas", "updated_at"))),

    /** Add rows to {@code notification_outbox}. */
    INSERT_NOTIFICATIONS(
            Application.S3,
            List.of(
                    ObjectPrivilege.onTable("INSERT", "notification_outbox"),
                    ObjectPrivilege.onSequence("notification_outbox_id_seq"))),

    /** Compare {@code user_collections} with the exact values. */
    READ_COLLECTIONS(Application.SYNC, List.of(ObjectPrivilege.onTable("SELECT", "user_collections"))),

    /** Write the counters of {@code user_collections}. */
    UPDATE_COLLECTIONS(
            Application.SYNC,
            List.of(
                    ObjectPrivilege.onTable("SELECT", "user_collections"),
                    ObjectPrivilege.onColumn("UPDATE", "user_collections", "count"),
                    ObjectPrivilege.onColumn("UPDATE", "user_collections", "total_bytes")));

    private final Application application;
    private final List<ObjectPrivilege> parts;

    SinkPrivilege(Application application, List<ObjectPrivilege> parts) {
        this.application = application;
        this.parts = parts;
    }

    Application application() {
        return application;
    }

    List<ObjectPrivilege> parts() {
        return parts;
    }

    /** Everything that a sink of the application may need. */
    static List<ObjectPrivilege> all(Application application) {
        return Stream.of(values())
                .filter(privilege -> privilege.application == application)
                .flatMap(privilege -> privilege.parts.stream())
                .distinct()
                .toList();
    }

    /**
     * A privilege on an object of schema {@code public}.
     *
     * @param column empty if it is on the whole object
     */
    record ObjectPrivilege(String privilege, String object, Optional<String> column, boolean sequence) {
        static ObjectPrivilege onTable(String privilege, String table) {
            return new ObjectPrivilege(privilege, table, Optional.empty(), false);
        }

        static ObjectPrivilege onColumn(String privilege, String table, String column) {
            return new ObjectPrivilege(privilege, table, Optional.of(column), false);
        }

        static ObjectPrivilege onSequence(String sequence) {
            return new ObjectPrivilege("USAGE", sequence, Optional.empty(), true);
        }

        /** As after GRANT and REVOKE. */
        String toSql() {
            return privilege + column.map(name -> " (" + name + ")").orElse("") + " ON "
                    + (sequence ? "SEQUENCE " : "TABLE ") + "public." + Database.quoted(object);
        }

        @Override
        public String toString() {
            return "%s on %s"
                    .formatted(
                            privilege, column.map(name -> object + "." + name).orElse(object));
        }
    }
}
