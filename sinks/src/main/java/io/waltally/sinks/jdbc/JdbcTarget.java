package io.waltally.sinks.jdbc;

import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PostgreSQL database. Rows and positions are in one transaction of it. */
public abstract class JdbcTarget implements Target {
    private static final Logger LOG = LoggerFactory.getLogger(JdbcTarget.class);

    private final String sink;
    private final SinkDatabase database;
    private final SinkPositions positions;
    private @Nullable Connection open;
    private boolean prepared;

    protected JdbcTarget(String sink, SinkDatabase database) {
        this.sink = sink;
        this.database = database;
        positions = new SinkPositions(sink, database.login());
    }

    /** Creates the tables of the positions if they are missing, in the transaction of {@link #prepare}. */
    protected void createPositions(Connection connection) throws SQLException {
        SinkPositions.createTables(connection);
    }

    /**
     * Creates or checks what the sink writes to, in the transaction of the first claim.
     *
     * @throws TargetException if an operator has to fix something first
     */
    protected abstract void prepare(Connection connection) throws SQLException;

    /**
     * Why the sink cannot begin in a target that does not know it, with the way out; empty if it can. A request to reset
     * the sink overrides it.
     */
    protected Optional<TargetException> obstacleToBegin(Connection connection) throws SQLException {
        return Optional.empty();
    }

    /** The obstacle if the sink's tables have rows. */
    protected final TargetException rowsOfAnother() {
        return TargetException.misconfigured(
                "%s has rows that sink %s has not written"
                        .formatted(database.login().address(), sink),
                ("give the sink its former name, or another target. To delete the rows and read the topics from the"
                                + " beginning: waltally sinks resume %s --reset")
                        .formatted(sink));
    }

    /**
     * Checks a claim, in its transaction.
     *
     * @param next offset of the next record of each partition that was written before
     * @param empty whether nothing was written yet, or all was forgotten by this claim
     * @throws TargetException if the positions are not those of the tables
     */
    protected void claimed(
            Connection connection, Set<TopicPartition> partitions, Map<TopicPartition, Long> next, boolean empty)
            throws SQLException {}

    /** Makes the tables as if nothing had been written, in the transaction that forgets the positions. */
    protected abstract void reset(Connection connection) throws SQLException;

    /**
     * Writes records in the open transaction.
     *
     * @return the number of rows that were written
     */
    protected abstract long apply(Connection connection, List<ConsumerRecord<byte[], byte[]>> records)
            throws SQLException;

    /** See {@link #noteSetAside(ConsumerRecord)}. */
    protected void noteSetAside(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException {}

    /** Writes how far whole transactions were written, in the open transaction. */
    protected void complete(Connection connection, CompletePosition position) throws SQLException {}

    /** The transaction of {@link #prepare} or {@link #apply} was committed. */
    protected void committed() {}

    /** See {@link #withdrawCompleteness()}. */
    protected void withdrawCompleteness(Connection connection) throws SQLException {}

    /** Forgets what is true only if the transaction commits that was rolled back. */
    protected void rolledBack() {}

    /** Does what is due beside the topics, in a transaction of its own. */
    protected void maintain(Connection connection) throws SQLException {}

    /** Work in a session. */
    @FunctionalInterface
    protected interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    /** See {@link #missingRows()}; in the open transaction, or in one of its own. */
    protected Optional<String> missingRows(Connection connection) throws SQLException {
        return Optional.empty();
    }

    @Override
    public final Optional<String> missingRows() {
        Connection connection = open;
        if (connection == null) {
            return inTransaction(this::missingRows);
        }
        try {
            return missingRows(connection);
        } catch (SQLException e) {
            throw database.failure(e);
        }
    }

    /** Runs work in a transaction of its own. */
    protected final <T> T inTransaction(Work<T> work) {
        try (Connection connection = database.open()) {
            connection.setAutoCommit(false);
            try {
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                rollback(connection);
                throw e;
            }
        } catch (SQLException e) {
            throw database.failure(e);
        }
    }

    @Override
    public final void check() {
        try (Connection connection = database.openForCheck()) {
            connection.setAutoCommit(false);
            try {
                createPositions(connection);
                prepare(connection);
                LoggedTables.require(connection, database.login(), SinkPositions.NAMES);
                SinkPositions.requirePrivileges(connection, database.login());
                if (!positions.isRegistered(connection)) {
                    Optional<TargetException> obstacle = obstacleToBegin(connection);
                    if (obstacle.isPresent()) {
                        throw obstacle.get();
                    }
                }
            } finally {
                rollback(connection);
                rolledBack();
            }
        } catch (SQLException e) {
            throw database.failure(e);
        }
    }

    @Override
    public final Map<TopicPartition, Long> claim(WriterClaim claim) {
        Map<TopicPartition, Long> known = inTransaction(connection -> {
            if (!prepared) {
                createPositions(connection);
                prepare(connection);
                LoggedTables.require(connection, database.login(), SinkPositions.NAMES);
            }
            boolean empty = positions.begin(connection, claim, new SinkPositions.Tables() {
                @Override
                public Optional<TargetException> obstacleToBegin(Connection connection) throws SQLException {
                    return JdbcTarget.this.obstacleToBegin(connection);
                }

                @Override
                public void reset(Connection connection) throws SQLException {
                    JdbcTarget.this.reset(connection);
                }
            });
            Map<TopicPartition, Long> next = positions.claim(connection, claim);
            claimed(connection, claim.partitions().keySet(), next, empty);
            return next;
        });
        prepared = true;
        committed();
        return known;
    }

    @Override
    public final void release(Collection<TopicPartition> partitions) {
        positions.release(partitions);
    }

    @Override
    public final Map<TopicPartition, Long> positions(Set<String> topics) {
        return inTransaction(connection -> positions.all(connection, topics));
    }

    @Override
    public final Map<TopicPartition, Instant> confirmedAt(Set<String> topics) {
        return inTransaction(connection -> positions.confirmedAt(connection, topics));
    }

    @Override
    public final void begin() {
        open = database.open();
        try {
            open.setAutoCommit(false);
        } catch (SQLException e) {
            throw database.failure(e);
        }
    }

    @Override
    public final long apply(List<ConsumerRecord<byte[], byte[]>> records) {
        try {
            return apply(transaction(), records);
        } catch (SQLException e) {
            throw database.failure(e);
        }
    }

    @Override
    public final void noteSetAside(ConsumerRecord<byte[], byte[]> record) {
        try {
            noteSetAside(transaction(), record);
        } catch (SQLException e) {
            throw database.failure(e);
        }
    }

    @Override
    public final void withdrawCompleteness() {
        try {
            withdrawCompleteness(transaction());
        } catch (SQLException e) {
            throw database.failure(e);
        }
    }

    @Override
    public final void commit(TopicOffsets next) {
        Connection connection = transaction();
        try {
            Optional<CompletePosition> completeTo = next.completeTo();
            if (completeTo.isPresent()) {
                complete(connection, completeTo.get());
            }
            positions.advance(connection, next.next());
            connection.commit();
            positions.committed(next.next());
            committed();
            end(connection);
        } catch (SQLException e) {
            throw database.failure(e);
        }
    }

    @Override
    public final void rollback() {
        Connection connection = open;
        if (connection != null) {
            rollback(connection);
            rolledBack();
            try {
                end(connection);
            } catch (SQLException e) {
                LOG.debug("session not given back", e);
            }
        }
    }

    private void end(Connection connection) throws SQLException {
        open = null;
        connection.close();
    }

    private static void rollback(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            LOG.debug("not rolled back; the server does so when the session ends", e);
        }
    }

    private Connection transaction() {
        if (open == null) {
            throw new IllegalStateException("no transaction is open");
        }
        return open;
    }

    @Override
    public final void maintain() {
        inTransaction(connection -> {
            maintain(connection);
            return null;
        });
    }

    @Override
    public void close() {
        rollback();
        database.close();
    }
}
