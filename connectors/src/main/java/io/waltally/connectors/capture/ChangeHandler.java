package io.waltally.connectors.capture;

import io.debezium.engine.DebeziumEngine.ChangeConsumer;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Operation;
import io.waltally.schemas.control.TransactionMark;
import io.waltally.schemas.control.Watermark;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds in Debezium's stream where transactions end, and commits what is complete.
 *
 * <p>The offset of every record names the end of the last transaction that was streamed before it ({@code lsn_commit}).
 * The first record that carries a new value, whether row, message or heartbeat, therefore proves that everything
 * before it is complete up to that value. Between transactions there is room for a chunk of a table's snapshot.
 */
final class ChangeHandler implements ChangeConsumer<RecordChangeEvent<SourceRecord>> {
    /** A position that advanced without any change of ours is worth a Kafka transaction no more often than this. */
    private static final Duration POSITION_ONLY_INTERVAL = Duration.ofMillis(100);

    private final CaptureConfig config;
    private final RecordEncoder encoder;
    private final LiveKeys liveKeys;
    private final UnchangedValues unchangedValues;
    private final TransactionPublisher publisher;
    private final Snapshots snapshots;
    private final SourceIdentity identity;
    private final Progress progress;
    private final String messages;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean stopRequested;

    private final int epoch;
    private Lsn position;
    private long positionInTransaction;
    private boolean transactionOpen;
    private @Nullable Long transactionId;
    private @Nullable TransactionMark mark;
    private Instant committedAt;
    private @Nullable RecordChangeEvent<SourceRecord> boundary;
    private long boundaryNanos;
    private long committedNanos = System.nanoTime();

    /** @param start the watermark to go on from */
    ChangeHandler(
            CaptureConfig config,
            RecordEncoder encoder,
            LiveKeys liveKeys,
            UnchangedValues unchangedValues,
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
        this.committedAt = start.getCommittedAt();
    }

    /** Takes nothing in after the next end of a transaction, and waits until what came before is committed. */
    boolean stop(Duration timeout) throws InterruptedException {
        requestStop();
        return stopped.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Takes nothing in after the next end of a transaction. */
    void requestStop() {
        stopRequested = true;
    }

    /**
     * Reads the tables that are pending before the stream begins.
     *
     * @param exported the snapshot of the moment of the watermark's position, if it is to be had
     * @return false if it had to stop before the end
     */
    boolean readBeforeStream(Optional<String> exported) throws SQLException {
        boolean read = snapshots.readBeforeStream(exported, position, this::commit, () -> stopRequested);
        if (!read) {
            stopped.countDown();
        }
        return read;
    }

    @Override
    public void handleBatch(
            List<RecordChangeEvent<SourceRecord>> batch, RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        boolean idle = false;
        for (RecordChangeEvent<SourceRecord> event : batch) {
            SourceRecord record = event.record();
            Map<String, ?> offset = record.sourceOffset();
            advance(event, number(offset, "lsn_commit"));
            idle = !encoder.isChange(record);
            if (idle) {
                see(offset);
            }
            commitIfDue(committer, false);
            if (stopped.getCount() == 0) {
                return;
            }
            goOnWithSnapshotsIfDue(committer, false);
            if (!idle) {
                see(offset);
                publish(record, offset);
            } else if (record.topic().equals(messages) && offset.get("txId") != null) {
                // One that an application wrote outside of any transaction opens none.
                open(offset);
            }
        }
        commitIfDue(committer, idle);
        goOnWithSnapshotsIfDue(committer, idle);
    }

    private void advance(RecordChangeEvent<SourceRecord> event, @Nullable Long lsn) {
        if (lsn != null && new Lsn(lsn).isAfter(position)) {
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

    /** Also what is no change of ours tells how late it is at the server. */
    private void see(Map<String, ?> offset) {
        Long micros = number(offset, "ts_usec");
        if (micros != null) {
            committedAt = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        }
    }

    private void publish(SourceRecord record, Map<String, ?> offset) {
        open(offset);
        long id = number(offset, "txId");
        transactionId = id;
        long timestamp = committedAt.toEpochMilli();
        if (record.key() == null && isTruncate(record)) {
            snapshots.truncated(record.topic());
            liveKeys.forEach(record.topic(), publisher.flush(), key -> publish(id, key.tombstone(timestamp)));
        } else {
            unchangedValues.complete(record, publisher::flush);
            if (snapshots.reads(record.topic())) {
                unchangedValues.completeFromTable(record);
            }
            publish(id, encoder.encode(record, timestamp));
        }
        progress.change();
    }

    /** The record is part of a transaction, which ends after it. */
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

    /** Between two transactions; what is complete is committed before, so that the chunk is a Kafka transaction of its own. */
    private void goOnWithSnapshotsIfDue(RecordCommitter<RecordChangeEvent<SourceRecord>> committer, boolean idle)
            throws InterruptedException {
        if (transactionOpen || !snapshots.due(idle, position)) {
            return;
        }
        if (boundary != null) {
            commitBoundary(committer);
        }
        try {
            snapshots.goOn(position);
        } catch (SQLException e) {
            throw new SourceQueryException("a chunk of a snapshot was not read", e);
        }
        commit();
    }

    private void commit() {
        publisher.commit(config.source(), this::watermark);
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
                mark);
    }

    private static @Nullable Long number(Map<String, ?> offset, String key) {
        return (Long) offset.get(key);
    }

    /** What others may know of the work. */
    interface Progress {
        void change();

        /** @param committedAt when the server had written the position */
        void captured(Lsn position, int epoch, Instant committedAt);
    }
}
