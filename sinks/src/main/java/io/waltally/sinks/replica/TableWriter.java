package io.waltally.sinks.replica;

import io.waltally.sinks.replica.row.RowPlan;
import io.waltally.sinks.replica.row.RowText;
import io.waltally.sinks.replica.row.WriterSchemas;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TargetException.Kind;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Writes the changes of one table: the last state of each row, all rows at once. */
final class TableWriter {
    private static final String UNIQUE_VIOLATION = "23505";

    /** Classes of SQL states: a type or a domain does not take a value. */
    private static final Set<String> REFUSED_VALUES = Set.of("22", "23");

    private final ReplicaTable table;
    private final WriterSchemas schemas;
    private final StagingTables staging;
    private final IncompleteRows incomplete;
    private final CopyInto copies = new CopyInto();
    private final DroppedRows dropped;
    private final PartialUpdates updates;
    private final InsertAttempts attempts = new InsertAttempts();

    /** The record that is being read, for the message if that fails. */
    private Optional<ConsumerRecord<byte[], byte[]>> reading = Optional.empty();

    TableWriter(ReplicaTable table, WriterSchemas schemas, StagingTables staging, IncompleteRows incomplete) {
        this.incomplete = incomplete;
        this.table = table;
        this.schemas = schemas;
        this.staging = staging;
        dropped = new DroppedRows(table);
        updates = new PartialUpdates(table, staging, copies, incomplete, dropped);
    }

    ReplicaTable table() {
        return table;
    }

    /** Rows to write, of one version of the schema. */
    private record Upserts(RowPlan key, RowPlan plan, List<ChangedRow> rows) {}

    /**
     * Writes records in the open transaction.
     *
     * @param fill whether most rows are new ones
     * @return number of rows written or deleted
     */
    long write(Connection connection, List<ConsumerRecord<byte[], byte[]>> records, boolean fill) throws SQLException {
        reading = Optional.empty();
        return readable(() -> write(connection, ChangedRow.of(ofCurrentKeys(records)), fill));
    }

    /** Without the records that have the row's key from before another primary key. */
    private List<ConsumerRecord<byte[], byte[]>> ofCurrentKeys(List<ConsumerRecord<byte[], byte[]>> records) {
        List<ConsumerRecord<byte[], byte[]>> current = new ArrayList<>(records.size());
        for (ConsumerRecord<byte[], byte[]> record : records) {
            reading = Optional.of(record);
            if (!schemas.isSuperseded(record.topic(), record.key())) {
                current.add(record);
            }
        }
        return current;
    }

    /** Notes in the open transaction that the target refuses a record, so that its row is missing or out of date. */
    void noteSetAside(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException {
        reading = Optional.of(record);
        Savepoint before = connection.setSavepoint();
        try {
            noteKey(connection, record, false);
        } catch (SQLException e) {
            requireRefusedValue(e);
            // The key itself is what its columns do not take.
            undo(connection, before);
            noteKeyAsText(connection, record, before);
        } catch (TargetException e) {
            if (e.kind() != Kind.REFUSED) {
                throw e;
            }
            undo(connection, before);
            incomplete.recordPlace(connection, table, place(record));
        }
    }

    private void noteKeyAsText(Connection connection, ConsumerRecord<byte[], byte[]> record, Savepoint before)
            throws SQLException {
        try {
            noteKey(connection, record, true);
        } catch (SQLException e) {
            requireRefusedValue(e);
            // The encoding of the database lacks a character of it.
            undo(connection, before);
            incomplete.recordPlace(connection, table, place(record));
        }
    }

    private static void requireRefusedValue(SQLException failure) throws SQLException {
        String state = failure.getSQLState();
        if (state == null || REFUSED_VALUES.stream().noneMatch(state::startsWith)) {
            throw failure;
        }
    }

    private void undo(Connection connection, Savepoint before) throws SQLException {
        connection.rollback(before);
        table.forget();
    }

    /** @param asText whether to note the key as the topic has it, and not as the table would */
    private void noteKey(Connection connection, ConsumerRecord<byte[], byte[]> record, boolean asText)
            throws SQLException {
        RowPlan key = readable(() -> schemas.ofKey(record.key()));
        List<String> columns = key.names();
        if (!table.exists(connection)) {
            Optional<RowPlan> envelope = schemas.latestEnvelope(record.topic());
            if (envelope.isPresent()) {
                table.prepare(connection, key, envelope.get());
            }
        }
        String staged = asText || !table.exists(connection)
                ? staging.emptiedTexts(connection, columns)
                : staging.emptied(connection, table.quoted(), columns);
        readable(() -> copies.copy(connection, staged, columns, sender -> key.readKey(record.key(), sender.row())));
        incomplete.record(connection, table, staged, columns);
    }

    /** Work that reads records. */
    @FunctionalInterface
    private interface Reading<T> {
        T run() throws SQLException, IOException;
    }

    /** @throws TargetException REFUSED if a record cannot be read */
    private <T> T readable(Reading<T> work) throws SQLException {
        try {
            return work.run();
        } catch (TargetException e) {
            throw e.kind() == Kind.REFUSED ? unreadable(e) : e;
        } catch (IOException
                | AvroRuntimeException
                | IndexOutOfBoundsException
                | ArithmeticException
                | NumberFormatException e) {
            throw unreadable(e);
        }
    }

    private static String place(ConsumerRecord<byte[], byte[]> record) {
        return record.topic() + "-" + record.partition() + " offset " + record.offset();
    }

    private TargetException unreadable(Exception failure) {
        String record = reading.map(TableWriter::place).orElse("a record");
        return new TargetException(Kind.REFUSED, record + " cannot be read: " + reason(failure), failure);
    }

    /** Without values: what is no number would be quoted. */
    private static String reason(Exception failure) {
        return failure instanceof NumberFormatException || failure.getMessage() == null
                ? failure.getClass().getSimpleName()
                : failure.getMessage();
    }

    private long write(Connection connection, Iterable<ChangedRow> rows, boolean fill)
            throws SQLException, IOException {
        Map<RowPlan, List<ChangedRow>> deletes = new LinkedHashMap<>();
        Map<RowPlan, Upserts> upserts = new LinkedHashMap<>();
        long written = 0;
        for (ChangedRow row : rows) {
            written++;
            ConsumerRecord<byte[], byte[]> last = row.last();
            reading = Optional.of(last);
            RowPlan key = schemas.ofKey(last.key());
            if (last.value() == null || schemas.ofEnvelope(last.value()).isDelete(last.value())) {
                deletes.computeIfAbsent(key, added -> new ArrayList<>()).add(row);
            } else {
                upserts.computeIfAbsent(
                                schemas.ofEnvelope(last.value()), plan -> new Upserts(key, plan, new ArrayList<>()))
                        .rows()
                        .add(row);
            }
        }
        // Before anything is written: adding a column waits for other writers, who may wait for rows of this one.
        for (Upserts batch : upserts.values()) {
            table.prepare(connection, batch.key(), batch.plan());
        }
        if (table.exists(connection)) {
            for (Map.Entry<RowPlan, List<ChangedRow>> keys : deletes.entrySet()) {
                delete(connection, keys.getKey(), keys.getValue());
            }
        }
        for (Upserts batch : upserts.values()) {
            List<PartialRow> partial = new ArrayList<>();
            if (!fill || incomplete.any(connection) || !attempts.next() || !insert(connection, batch, partial)) {
                partial.clear();
                merge(connection, batch, partial);
            }
            updates.write(connection, batch.key(), partial);
        }
        return written;
    }

    private void delete(Connection connection, RowPlan key, List<ChangedRow> rows) throws SQLException, IOException {
        String staged = staging.emptied(connection, table.quoted(), key.names());
        long count = copies.copy(connection, staged, key.names(), sender -> {
            for (ChangedRow row : rows) {
                reading = Optional.of(row.last());
                key.readKey(row.last().key(), sender.row());
                sender.sendIfLarge();
            }
        });
        long deleted = ReplicaTable.update(
                connection,
                "DELETE FROM " + table.quoted() + " t USING " + staged + " s WHERE " + Sql.same(key.names()));
        dropped.requireDeleted(connection, new DroppedRows.Outcome(staged, count, deleted), key.names());
        incomplete.forget(connection, table, staged, key.names());
    }

    /** Inserts rows as new ones; returns false, without effect, if the table has one of them or does not take one. */
    private boolean insert(Connection connection, Upserts batch, List<PartialRow> partial)
            throws SQLException, IOException {
        Savepoint before = connection.setSavepoint();
        try {
            long copied = copies.copy(
                    connection, table.quoted(), batch.plan().names(), sender -> send(batch, sender, partial));
            if (copied == batch.rows().size() - partial.size()) {
                return true;
            }
        } catch (SQLException e) {
            if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
                throw e;
            }
        }
        connection.rollback(before);
        connection.releaseSavepoint(before);
        attempts.failed();
        return false;
    }

    private void merge(Connection connection, Upserts batch, List<PartialRow> partial)
            throws SQLException, IOException {
        List<String> columns = batch.plan().names();
        List<String> keyColumns = batch.key().names();
        String staged = staging.emptied(connection, table.quoted(), columns);
        long count = copies.copy(connection, staged, columns, sender -> send(batch, sender, partial));
        String assignments = columns.stream()
                .filter(column -> !keyColumns.contains(column))
                .map(column -> Sql.name(column) + " = excluded." + Sql.name(column))
                .collect(Collectors.joining(", "));
        long merged = ReplicaTable.update(
                connection,
                "INSERT INTO " + table.quoted() + " (" + Sql.names(columns) + ") SELECT " + Sql.names(columns)
                        + " FROM " + staged + " ON CONFLICT (" + Sql.names(keyColumns) + ") DO "
                        + (assignments.isEmpty() ? "NOTHING" : "UPDATE SET " + assignments));
        dropped.requireWritten(connection, new DroppedRows.Outcome(staged, count, merged), keyColumns, columns);
        incomplete.forget(connection, table, staged, keyColumns);
    }

    /** Sends the rows that have all their values, and collects the others. */
    private void send(Upserts batch, CopyInto.Sender sender, List<PartialRow> partial)
            throws SQLException, IOException {
        for (ChangedRow changed : batch.rows()) {
            reading = Optional.of(changed.last());
            RowText row = sender.row();
            batch.plan().read(changed.last(), row);
            if (row.isComplete()) {
                sender.sendIfLarge();
                continue;
            }
            row.remove();
            PartialRow found = PartialRow.of(changed, schemas);
            if (found.isComplete()) {
                sender.add(found.known());
            } else {
                partial.add(found);
            }
        }
    }
}
