package io.waltally.connectors.capture.source;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Reads columns of single rows from a captured table, in the form of Debezium's records. */
public final class CurrentRowReader {
    /** A commit reaches the WAL before other sessions see it, and long before that if it waits for a standby. */
    private static final long VISIBLE_WITHIN_NANOS = TimeUnit.SECONDS.toNanos(10);

    /**
     * The table was changed, or is being changed: undefined_column, undefined_table, undefined_function (no such
     * operator), invalid_text_representation, lock_not_available.
     */
    private static final Set<String> CHANGED_TABLE = Set.of("42703", "42P01", "42883", "22P02", "55P03");

    private static final String RUNNING = """
            SELECT true FROM pg_locks
            WHERE locktype = 'transactionid' AND granted AND transactionid = CAST(? AS xid)""";

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final SourceDatabase database;

    public CurrentRowReader(SourceDatabase database) {
        this.database = database;
    }

    /**
     * The version of a row that is visible now.
     *
     * @param own whether the given transaction wrote it, outside of any savepoint
     * @param values by column; without those that are NULL
     */
    public record Version(boolean own, Map<String, Object> values) {}

    /**
     * The row with that key. Empty if it does not exist any more, if its key or columns have a type that cannot be
     * queried here, or if the table was changed.
     *
     * @param transactionId of a transaction whose commit is in the WAL; the result is from after it
     */
    public Optional<Version> findAfter(long transactionId, String schema, String table, Struct key, List<Field> columns)
            throws SQLException {
        awaitVisible(transactionId);
        return find(transactionId, schema, table, key, columns);
    }

    /** The row as it is now, whether or not the transaction is visible. */
    public Optional<Version> find(long transactionId, String schema, String table, Struct key, List<Field> columns)
            throws SQLException {
        List<Field> readable =
                columns.stream().filter(column -> expression(column) != null).toList();
        if (readable.isEmpty() || !key.schema().fields().stream().allMatch(column -> isParameter(column.schema()))) {
            return Optional.empty();
        }
        String select = "SELECT xmin = CAST(? AS xid), "
                + readable.stream().map(CurrentRowReader::expression).collect(Collectors.joining(", "))
                + " FROM " + quoted(schema) + "." + quoted(table) + " WHERE "
                + key.schema().fields().stream()
                        .map(column -> quoted(column.name()) + " = ?")
                        .collect(Collectors.joining(" AND "));
        try (PreparedStatement statement = database.prepare(select)) {
            statement.setString(1, Long.toString(transactionId));
            int parameter = 2;
            for (Field column : key.schema().fields()) {
                bind(statement, parameter++, key.get(column));
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(version(row, readable)) : Optional.empty();
            }
        } catch (SQLException e) {
            if (CHANGED_TABLE.contains(e.getSQLState())) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether the transaction, whose commit is in the WAL, is visible. */
    public boolean see(long transactionId) throws SQLException {
        try (PreparedStatement statement = database.prepare(RUNNING)) {
            statement.setString(1, Long.toString(transactionId));
            return !isRunning(statement);
        }
    }

    /** Waits for some seconds until a transaction, whose commit is in the WAL, is visible. */
    public void awaitVisible(long transactionId) throws SQLException {
        try (PreparedStatement statement = database.prepare(RUNNING)) {
            statement.setString(1, Long.toString(transactionId));
            long deadline = System.nanoTime() + VISIBLE_WITHIN_NANOS;
            while (isRunning(statement) && System.nanoTime() < deadline) {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    private static boolean isRunning(PreparedStatement statement) throws SQLException {
        try (ResultSet lock = statement.executeQuery()) {
            return lock.next();
        }
    }

    private static Version version(ResultSet row, List<Field> columns) throws SQLException {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            Object value = value(row, i + 2, columns.get(i).schema());
            if (value != null) {
                values.put(columns.get(i).name(), value);
            }
        }
        return new Version(row.getBoolean(1), values);
    }

    private static @Nullable Object value(ResultSet row, int index, Schema schema) throws SQLException {
        return switch (schema.type()) {
            case BYTES -> {
                byte[] bytes = row.getBytes(index);
                yield bytes == null ? null : ByteBuffer.wrap(bytes);
            }
            case ARRAY -> {
                Array array = row.getArray(index);
                yield array == null ? null : Arrays.asList((Object[]) array.getArray());
            }
            default -> row.getString(index);
        };
    }

    /** Null for a type that the driver and Debezium represent differently. */
    private static @Nullable String expression(Field column) {
        String name = quoted(column.name());
        Schema schema = column.schema();
        return switch (schema.type()) {
            case STRING -> name + "::text";
            case BYTES -> schema.name() == null ? name : null;
            case ARRAY ->
                switch (schema.valueSchema().type()) {
                    case STRING -> name + "::text[]";
                    case INT32, INT64 -> schema.valueSchema().name() == null ? name : null;
                    default -> null;
                };
            default -> null;
        };
    }

    private static boolean isParameter(Schema schema) {
        return switch (schema.type()) {
            case STRING -> schema.name() == null || !schema.name().startsWith("io.debezium.time.");
            case INT16, INT32, INT64, BOOLEAN -> schema.name() == null;
            case BYTES -> schema.name() == null || schema.name().equals(Decimal.LOGICAL_NAME);
            default -> false;
        };
    }

    /** An untyped literal, which takes the type of the column. */
    private static void bind(PreparedStatement statement, int parameter, Object value) throws SQLException {
        if (value instanceof byte[] bytes) {
            statement.setBytes(parameter, bytes);
        } else if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            statement.setBytes(parameter, bytes);
        } else if (value instanceof BigDecimal number) {
            statement.setObject(parameter, number.toPlainString(), Types.OTHER);
        } else {
            statement.setObject(parameter, value.toString(), Types.OTHER);
        }
    }

    private static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }
}
