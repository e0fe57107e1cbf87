package io.waltally.sinks.tally;

import io.waltally.schemas.topic.Topic;
import io.waltally.sinks.jdbc.JdbcTarget;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.target.TargetException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the tallies of a topic. A batch becomes one statement for rows to delete, one for rows to write, and in
 * authoritative mode one for the application's rows. A sweep over all keys, slice by slice, writes counters again that
 * other sessions changed in the application's table, and keeps the time since when counters differ.
 */
abstract sealed class TallyTarget<K extends Comparable<? super K>, V> extends JdbcTarget
        permits BackendQuotaTarget, UserCollectionTarget {
    private final TallyTable<K, V> table;
    private final Topic<K, V> topic;
    private final TallyMode mode;
    private final ReconcileSchedule sweep;
    private final TallyPrerequisites prerequisites;
    private @Nullable TallyStatements<K, V> statements;
    private Optional<List<Object>> swept = Optional.empty();
    private long nextSweep = System.nanoTime();

    TallyTarget(
            String sink,
            SinkDatabase database,
            TallyMode mode,
            TallyTable<K, V> table,
            Topic<K, V> topic,
            ReconcileSchedule sweep) {
        super(sink, database);
        this.table = table;
        this.topic = topic;
        this.mode = mode;
        this.sweep = sweep;
        prerequisites = new TallyPrerequisites(sink, database.login(), mode, table);
    }

    /** The migrations make them, since the sink's role may not. */
    @Override
    protected final void createPositions(Connection connection) {}

    @Override
    protected final void prepare(Connection connection) throws SQLException {
        statements = new TallyStatements<>(table, prerequisites.require(connection));
    }

    @Override
    protected final Optional<TargetException> obstacleToBegin(Connection connection) throws SQLException {
        return prepared().hasRows(connection) ? Optional.of(rowsOfAnother()) : Optional.empty();
    }

    @Override
    protected final void reset(Connection connection) throws SQLException {
        prepared().clear(connection);
    }

    private TallyStatements<K, V> prepared() {
        return Objects.requireNonNull(statements, "nothing was claimed");
    }

    @Override
    protected final long apply(Connection connection, List<ConsumerRecord<byte[], byte[]>> records)
            throws SQLException {
        TallyBatch<K, V> batch =
                new TallyBatch<>(tally -> TallyPosition.of(table.lastChange().apply(tally)));
        for (ConsumerRecord<byte[], byte[]> record : records) {
            K key = read(topic.keySerde().deserializer(), record, record.key());
            if (key == null) {
                throw unreadable(record, "it has no key", null);
            }
            batch.add(key, read(topic.valueSerde().deserializer(), record, record.value()));
        }
        KeySelection changedKeys = new KeySelection.Listed<>(table.key(), batch.changedKeys());
        TallyStatements<K, V> prepared = prepared();
        long rows = prepared.delete(connection, batch.deleted()) + prepared.upsert(connection, batch.written());
        if (mode == TallyMode.AUTHORITATIVE) {
            rows += prepared.assertCounters(connection, changedKeys, false);
        }
        prepared.recordDrift(connection, changedKeys);
        return rows;
    }

    private static <T> @Nullable T read(
            Deserializer<T> deserializer, ConsumerRecord<byte[], byte[]> record, byte @Nullable [] bytes) {
        try {
            return deserializer.deserialize(record.topic(), bytes);
        } catch (SerializationException e) {
            throw unreadable(record, e.getMessage(), e);
        }
    }

    private static TargetException unreadable(
            ConsumerRecord<byte[], byte[]> record, @Nullable String reason, @Nullable Exception cause) {
        return new TargetException(
                TargetException.Kind.REFUSED,
                "%s-%d offset %d cannot be read: %s"
                        .formatted(record.topic(), record.partition(), record.offset(), reason),
                cause);
    }

    @Override
    protected final void maintain(Connection connection) throws SQLException {
        if (statements == null || System.nanoTime() - nextSweep < 0) {
            return;
        }
        Optional<List<Object>> last = statements.lastOfNext(connection, swept, sweep.rows());
        KeySelection slice = new KeySelection.Range(table.key(), swept, last);
        if (mode == TallyMode.AUTHORITATIVE) {
            statements.assertCounters(connection, slice, true);
        }
        statements.recordDrift(connection, slice);
        swept = last;
        nextSweep = System.nanoTime() + sweep.interval().toNanos();
    }
}
