package io.waltally.connectors.capture.stream;

import io.debezium.engine.DebeziumEngine.ChangeConsumer;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.debezium.CaptureEngine;
import io.waltally.connectors.capture.encoding.RecordEncoder;
import io.waltally.connectors.capture.error.SourceQueryException;
import io.waltally.connectors.capture.publishing.TopicKeys;
import io.waltally.connectors.capture.publishing.TransactionPublisher;
import io.waltally.connectors.capture.snapshot.Snapshots;
import io.waltally.connectors.capture.source.SourceIdentity;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Operation;
import io.waltally.schemas.control.EpochTopics;
import io.waltally.schemas.control.TransactionMark;
import io.waltally.schemas.control.Watermark;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds the ends of transactions in Debezium's stream, and commits complete transactions.
 *
 * <p>The offset of every record names the end of the last transaction before it ({@code lsn_commit}). The first record
 * with a new value, be it a row, a message or a heartbeat, proves that everything up to that value is complete. Between
 * two transactions a chunk of a snapshot may be published.
 */
public final class ChangeHandler implements ChangeConsumer<RecordChangeEvent<SourceRecord>> {
    /** Shortest interval of Kafka transactions that only advance the position. */
    private static final Duration POSITION_ONLY_INTERVAL = Duration.ofMillis(100);

    private static final Duration ACKNOWLEDGEMENT = Duration.ofMillis(200);

    /** Longest time until the engine is closed. */
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final CaptureConfig config;
    private final RecordEncoder encoder;
    private final TopicKeys liveKeys;
    private final UnchangedToastResolver unchangedValues;
    private final TransactionPublisher publisher;
    private final Snapshots snapshots;
    private final SourceIdentity identity;
    private final Progress progress;
    private final String messages;
    private final TransactionLookahead lookahead = new TransactionLookahead();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final CountDownLatch acknowledged = new CountDownLatch(1);
    private volatile boolean stopRequested;
    private volatile boolean engineIsToBeClosed;

    private final int epoch;
    private Lsn position;
    private long positionInTransaction;
    private boolean transactionOpen;
    private @Nullable Long transactionId;
    private @Nullable TransactionMark mark;
    private final @Nullable EpochTopics topics;
    private Instant committedAt;
    private @Nullable RecordChangeEvent<SourceRecord> boundary;
    private long boundaryNanos;
    private long committedNanos = System.nanoTime();

    /** @param start the watermark to continue from */
    public ChangeHandler(
            CaptureConfig config,
            RecordEncoder encoder,
            TopicKeys liveKeys,
            UnchangedToastResolver unchangedValues,
            TransactionPublisher publisher,
            Snapshots snapshots,
            SourceIdentity identity,
            Watermark start,
            Progress progress) {
        this.config = config;
        this.encoder = encoder;
        this.liveKeys = liveKeys;
        this.unchangedValues = unchangedValues;
        this.publisher = publisher;
        this.snapshots = snapshots;
        this.identity = identity;
        this.progress = progress;
        this.messages = CaptureEngine.messageTopic(config);
        this.epoch = start.getEpoch();
        this.position = new Lsn(start.getLsn());
        this.transactionId = start.getTransactionId();
        this.mark = start.getMark();
        this.topics = start.getTopics();
        this.committedAt = start.getCommittedAt();
    }

    /**
     * Stops the intake at the next end of a transaction, and waits until everything before it is committed. The engine's
     * thread is then held until the engine is closed, which interrupts it: it would otherwise be interrupted while it
     * acknowledges the last commit.
     *
     * @return false if no transaction has ended in time
     */
    public boolean stop(Duration timeout) throws InterruptedException {
        engineIsToBeClosed = true;
        requestStop();
        if (!stopped.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            return false;
        }
        // The thread acknowledges before it hands over the next batch. Without one it is idle by then.
        boolean unused = acknowledged.await(ACKNOWLEDGEMENT.toMillis(), TimeUnit.MILLISECONDS);
        return true;
    }

    /** Stops the intake at the next end of a transaction. */
    public void requestStop() {
        stopRequested = true;
    }

    /**
     * Reads the pending tables before streaming starts.
     *
     * @param exported snapshot of the watermark's position, if it is available
     * @return false if it had to stop before the end
     */
    public boolean readBeforeStream(Optional<String> exported) throws SQLException {
        boolean read = snapshots.readBeforeStream(exported, position, this::commit, () -> stopRequested);
        if (!read) {
            stopped.countDown();
        }
        return read;
    }

    /**
     * Removes the rows of tables that do not exist any more, before streaming starts.
     *
     * @param topics those of their topics that exist
     */
    public void removeRows(Set<String> tables, Set<String> topics) {
        snapshots.removeRows(tables, topics, position);
        commit();
    }

    @Override
    public void handleBatch(
            List<RecordChangeEvent<SourceRecord>> batch, RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        if (isStopped()) {
            // The engine hands over more until it is closed. The rest of the last batch was not published, so the
            // position must not advance any more: the next session captures all of it.
            if (engineIsToBeClosed) {
                acknowledged.countDown();
                TimeUnit.MILLISECONDS.sleep(CLOSE.toMillis());
            }
            return;
        }
        boolean idle = false;
        for (RecordChangeEvent<SourceRecord> event : batch) {
            SourceRecord record = event.record();
            Map<String, ?> offset = record.sourceOffset();
            advance(event, number(offset, "lsn_commit"));
            idle = !encoder.isChange(record);
            if (idle) {
                updateCommitTime(offset);
            }
            commitIfDue(committer, false);
            if (isStopped()) {
                return;
            }
            snapshotIfDue(committer, false);
            if (!idle) {
                updateCommitTime(offset);
                publish(record, offset);
            } else if (record.topic().equals(messages) && offset.get("txId") != null) {
                // A message that an application wrote outside of a transaction begins none.
                open(offset);
            }
        }
        commitIfDue(committer, idle);
        snapshotIfDue(committer, idle);
    }

    private boolean isStopped() {
        return stopped.getCount() == 0;
    }

    private void advance(RecordChangeEvent<SourceRecord> event, @Nullable Long lsn) {
        if (lsn != null && new Lsn(lsn).isAfter(position)) {
            while (!lookahead.isEmpty()) {
                publish(lookahead.remove());
            }
            position = new Lsn(lsn);
            publisher.endTransaction(position);
            snapshots.reached(position);
            transactionOpen = false;
            positionInTransaction = 0;
            if (boundary == null) {
                boundaryNanos = System.nanoTime();
            }
            boundary = event;
        }
    }

    /** Takes the commit time of the record, if it has one. */
    private void updateCommitTime(Map<String, ?> offset) {
        Long micros = number(offset, "ts_usec");
        if (micros != null) {
            committedAt = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        }
    }

    /** Publishes the record, or holds it back until more of its transaction is known. */
    private void publish(SourceRecord record, Map<String, ?> offset) {
        open(offset);
        if (lookahead.isEmpty() && !UnchangedToastResolver.dependsOnLaterRecords(record)) {
            publish(record);
            return;
        }
        lookahead.add(record);
        while (lookahead.isFull()) {
            publish(lookahead.remove());
        }
    }

    private void publish(SourceRecord record) {
        long id = number(record.sourceOffset(), "txId");
        transactionId = id;
        long timestamp = committedAt.toEpochMilli();
        if (record.key() == null && isTruncate(record)) {
            snapshots.truncated(record.topic());
            liveKeys.forEach(record.topic(), publisher.flush(), key -> publish(id, key.tombstone(timestamp)));
        } else {
            unchangedValues.complete(record, lookahead, publisher::flush);
            if (snapshots.reads(record.topic())) {
                unchangedValues.completeFromTable(record);
            }
            publish(id, encoder.encode(record, timestamp));
        }
        progress.change();
    }

    /** Begins a transaction with its first record, unless one is open. */
    private void open(Map<String, ?> offset) {
        if (!transactionOpen) {
            transactionOpen = true;
            mark = new TransactionMark(number(offset, "txId"), number(offset, "lsn"), committedAt);
        }
    }

    private void publish(long id, ProducerRecord<byte[], byte[]> record) {
        snapshots.published(id, record);
        publisher.append(
                record,
                new ChangeHeaders(
                        config.source(), epoch, id, position.value(), positionInTransaction++, Optional.empty()));
    }

    private static boolean isTruncate(SourceRecord record) {
        return record.value() instanceof Struct envelope
                && Operation.TRUNCATE.code().equals(envelope.getString("op"));
    }

    private void commitIfDue(RecordCommitter<RecordChangeEvent<SourceRecord>> committer, boolean idle)
            throws InterruptedException {
        if (transactionOpen) {
            return;
        }
        if (boundary == null) {
            if (stopRequested) {
                stopped.countDown();
            }
            return;
        }
        long now = System.nanoTime();
        boolean due = publisher.records() == 0
                ? now - committedNanos >= POSITION_ONLY_INTERVAL.toNanos()
                : idle
                        || publisher.records() >= config.groupingRecords()
                        || now - boundaryNanos >= config.grouping().toNanos();
        if (!due && !stopRequested) {
            return;
        }
        commitBoundary(committer);
        if (stopRequested) {
            stopped.countDown();
        }
    }

    private void commitBoundary(RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        commit();
        committer.markProcessed(boundary);
        committer.markBatchFinished();
        boundary = null;
    }

    /**
     * Reads a chunk between two transactions. Complete transactions are committed first, so that the chunk has its own
     * Kafka transaction.
     */
    private void snapshotIfDue(RecordCommitter<RecordChangeEvent<SourceRecord>> committer, boolean idle)
            throws InterruptedException {
        if (transactionOpen || !snapshots.due(idle, position)) {
            return;
        }
        if (boundary != null) {
            commitBoundary(committer);
        }
        try {
            snapshots.publishOrReadChunk(position);
        } catch (SQLException e) {
            throw new SourceQueryException("a chunk of a snapshot was not read", e);
        }
        commit();
    }

    private void commit() {
        publisher.commit(config.source(), this::watermark);
        snapshots.committed();
        committedNanos = System.nanoTime();
        progress.captured(position, epoch, committedAt);
    }

    private Watermark watermark(Map<String, Long> offsets) {
        return new Watermark(
                position.value(),
                epoch,
                identity.systemIdentifier(),
                identity.timeline(),
                config.slot(),
                transactionId,
                committedAt,
                offsets,
                snapshots.toAvro(),
                mark,
                topics);
    }

    private static @Nullable Long number(Map<String, ?> offset, String key) {
        return (Long) offset.get(key);
    }

    /** Receives the progress. */
    public interface Progress {
        void change();

        /** @param committedAt when the server had written the position */
        void captured(Lsn position, int epoch, Instant committedAt);
    }
}
