package io.waltally.sinks.replica;

import io.waltally.sinks.jdbc.LoggedTables;
import io.waltally.sinks.jdbc.LongStatements;
import io.waltally.sinks.replica.row.RowPlan;
import io.waltally.sinks.replica.row.SourceColumn;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The target table that holds the rows of a captured table. Created and extended to match the source's schema. */
final class ReplicaTable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaTable.class);

    private static final String LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))";

    private final String schema;
    private final String name;
    private final String role;
    private final Supplier<Optional<RowPlan>> latest;

    /** Versions of the source's schema that the table was seen to take. */
    private final Set<RowPlan> taken = new HashSet<>();

    /** The changes that the open transaction made to the table, for the log. */
    private final List<String> changes = new ArrayList<>();

    /**
     * @param role of the sink, for messages
     * @param latest the version of the source's schema with which records are written now
     */
    ReplicaTable(String schema, String name, String role, Supplier<Optional<RowPlan>> latest) {
        this.schema = schema;
        this.name = name;
        this.role = role;
        this.latest = latest;
    }

    String name() {
        return name;
    }

    /** As in statements. */
    String quoted() {
        return Sql.name(schema, name);
    }

    /** Forgets what was found: the transaction that found or changed it was rolled back. */
    void forget() {
        taken.clear();
        changes.clear();
    }

    /** Logs what was changed: the transaction was committed. */
    void committed() {
        changes.forEach(LOG::info);
        changes.clear();
    }

    /**
     * Makes the table take the rows of a version of the source's schema, in the open transaction. Reads nothing if that
     * is known already.
     *
     * @throws TargetException if an operator has to fix the table or a privilege first
     */
    void prepare(Connection connection, RowPlan key, RowPlan envelope) throws SQLException {
        if (taken.contains(key) && taken.contains(envelope)) {
            return;
        }
        Optional<TargetTable> found = TargetTable.read(connection, schema, name);
        if (found.isEmpty() || !missing(found.get(), envelope).isEmpty()) {
            lock(connection);
            found = TargetTable.read(connection, schema, name);
        }
        if (found.isEmpty()) {
            create(connection, key, envelope);
        } else {
            require(found.get(), key, envelope);
            add(connection, found.get(), missing(found.get(), envelope));
        }
        taken.add(key);
        taken.add(envelope);
    }

    /** Whether there is such a table. */
    boolean exists(Connection connection) throws SQLException {
        return !taken.isEmpty() || TargetTable.read(connection, schema, name).isPresent();
    }

    /** Whether the table exists and has rows. */
    boolean hasRows(Connection connection) throws SQLException {
        return exists(connection)
                && granted(connection, "EXISTS (SELECT FROM " + quoted() + ") AND ? IS NOT NULL", name);
    }

    /** Keeps others from writing to the table until the transaction ends, if the table exists. */
    void lockRows(Connection connection) throws SQLException {
        if (exists(connection)) {
            execute(connection, "LOCK TABLE " + quoted() + " IN SHARE ROW EXCLUSIVE MODE");
        }
    }

    /** Removes all rows, if the table exists. */
    void clear(Connection connection) throws SQLException {
        Optional<TargetTable> found = TargetTable.read(connection, schema, name);
        if (found.isPresent()) {
            LongStatements.execute(
                    connection, List.of((found.get().owned() ? "TRUNCATE " : "DELETE FROM ") + quoted()));
        }
    }

    /** Locks the table's definition: otherwise two instances could make the same table or column. */
    private void lock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            statement.setString(1, "waltally replica " + quoted());
            statement.execute();
        }
    }

    private void create(Connection connection, RowPlan key, RowPlan envelope) throws SQLException {
        if (!granted(connection, "has_schema_privilege(?, 'CREATE')", schema)) {
            throw TargetException.misconfigured(
                    "schema " + Sql.name(schema) + " does not let role " + role + " create tables",
                    "GRANT USAGE, CREATE ON SCHEMA " + Sql.name(schema) + " TO " + Sql.name(role));
        }
        List<String> keyColumns = key.names();
        String columns = envelope.columns().stream()
                .map(column -> definition(column) + (keyColumns.contains(column.name()) ? " NOT NULL" : ""))
                .collect(Collectors.joining(", "));
        execute(
                connection,
                "CREATE TABLE " + quoted() + " (" + columns + ", PRIMARY KEY (" + Sql.names(keyColumns) + "))");
        changes.add("created table " + quoted() + " with key " + keyColumns);
    }

    private void add(Connection connection, TargetTable found, List<SourceColumn> missing) throws SQLException {
        if (missing.isEmpty()) {
            return;
        }
        String alter = "ALTER TABLE " + quoted() + " "
                + missing.stream()
                        .map(column -> "ADD COLUMN " + definition(column))
                        .collect(Collectors.joining(", "));
        if (!found.owned()) {
            throw TargetException.misconfigured(
                    "table " + quoted() + " lacks columns of the source, and role " + role
                            + " may not add them, for it is not the owner",
                    alter + ", or ALTER TABLE " + quoted() + " OWNER TO " + Sql.name(role));
        }
        execute(connection, alter);
        changes.add("added to table " + quoted() + ": "
                + missing.stream().map(SourceColumn::name).toList());
    }

    private static String definition(SourceColumn column) {
        String type = column.type().sql();
        return Sql.name(column.name()) + " " + type
                + column.defaultText()
                        .map(text -> " DEFAULT " + Sql.literal(text) + "::" + type)
                        .orElse("");
    }

    private static List<SourceColumn> missing(TargetTable found, RowPlan envelope) {
        return envelope.columns().stream()
                .filter(column -> !found.columns().containsKey(column.name()))
                .toList();
    }

    private void require(TargetTable found, RowPlan key, RowPlan envelope) {
        if (!found.table()) {
            throw misconfigured(quoted() + " is no table: give the sink another schema");
        }
        if (!found.missingPrivileges().isEmpty()) {
            throw TargetException.misconfigured(
                    "role " + role + " lacks privileges on table " + quoted(),
                    "GRANT " + String.join(", ", found.missingPrivileges()) + " ON " + quoted() + " TO "
                            + Sql.name(role));
        }
        List<String> problems = new ArrayList<>();
        if (found.hidesRows()) {
            problems.add("row security hides rows from role %s, which it would never update or delete (ALTER ROLE %s"
                            .formatted(role, Sql.name(role))
                    + " BYPASSRLS)");
        }
        if (!found.unlogged().isEmpty()) {
            problems.add(LoggedTables.problem(found.unlogged()));
        }
        Set<String> keyColumns = Set.copyOf(key.names());
        if (!found.uniqueKeys().contains(keyColumns)) {
            problems.add("no primary key or unique constraint is on exactly " + Sql.names(key.names())
                    + ", the source's primary key; if that has changed, the sink needs a reset too");
        }
        Set<String> sourceColumns = new HashSet<>(keyColumns);
        for (SourceColumn column : envelope.columns()) {
            sourceColumns.add(column.name());
            TargetColumn target = found.columns().get(column.name());
            if (target != null && target.generated()) {
                problems.add("column " + Sql.name(column.name()) + " is generated, so nothing can be written to it");
            } else if (target != null && !target.takes(column.type())) {
                problems.add("column %s is %s, which does not take each %s (ALTER TABLE %s ALTER COLUMN %s TYPE %s)"
                        .formatted(
                                Sql.name(column.name()),
                                target.type(),
                                column.type().sql(),
                                quoted(),
                                Sql.name(column.name()),
                                takesLatest(column, target)
                                        ? "text"
                                        : column.type().sql()));
            } else if (target != null && keyColumns.contains(column.name()) && !target.tellsApart()) {
                problems.add(
                        ("column %s of the key is %s, which takes different texts for equal (ALTER TABLE %s ALTER COLUMN %s"
                                        + " TYPE text COLLATE pg_catalog.\"default\")")
                                .formatted(
                                        Sql.name(column.name()),
                                        target.deterministic()
                                                ? target.type()
                                                : target.type() + " with a nondeterministic collation",
                                        quoted(),
                                        Sql.name(column.name())));
            }
        }
        found.columns().values().stream()
                .filter(column -> column.notNull() && !column.filled() && !sourceColumns.contains(column.name()))
                .forEach(column -> problems.add("column " + Sql.name(column.name())
                        + " is NOT NULL and the source has no such column (ALTER TABLE " + quoted() + " ALTER COLUMN "
                        + Sql.name(column.name()) + " DROP NOT NULL)"));
        if (!problems.isEmpty()) {
            throw misconfigured("table " + quoted() + " has not the shape of the source's table: "
                    + String.join("; ", problems) + ". Fix or rename it, or give the sink another schema");
        }
    }

    /**
     * Whether the column takes what is written now, so that earlier records, of another type, are what it does not
     * take: only a text takes both.
     */
    private boolean takesLatest(SourceColumn column, TargetColumn target) {
        return latest.get()
                .flatMap(plan ->
                        plan.indexOf(column.name()).map(index -> plan.columns().get(index)))
                .filter(now -> target.takes(now.type()))
                .isPresent();
    }

    private static TargetException misconfigured(String message) {
        return new TargetException(Kind.MISCONFIGURED, message);
    }

    static boolean granted(Connection connection, String condition, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT " + condition)) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /** Returns the number of rows that were changed. */
    static long update(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeLargeUpdate(sql);
        }
    }

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
