package io.waltally.connectors.capture;

import io.debezium.engine.DebeziumEngine.ChangeConsumer;
import io.debezium.engine.DebeziumEngine.RecordCommitter;
import io.debezium.engine.RecordChangeEvent;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Operation;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds in Debezium's stream where transactions end, and commits what is complete.
 *
 * <p>The offset of every record names the end of the last transaction that was streamed before it ({@code lsn_commit}).
 * The first record that carries a new value, whether row, message or heartbeat, therefore proves that everything
 * before it is complete up to that value. A snapshot is one such transaction; it ends with the first record that is not
 * part of it.
 */
final class ChangeHandler implements ChangeConsumer<RecordChangeEvent<SourceRecord>> {
    /** A position that advanced without any change of ours is worth a Kafka transaction no more often than this. */
    private static final Duration POSITION_ONLY_INTERVAL = Duration.ofMillis(100);

    private final CaptureConfig config;
    private final RecordEncoder encoder;
    private final LiveKeys liveKeys;
    private final TransactionPublisher publisher;
    private final SourceIdentity identity;
    private final Progress progress;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean stopRequested;

    private final int epoch;
    private boolean snapshotting;
    private SnapshotProgress snapshot;
    private long snapshotRows;
    private Lsn position;
    private long positionInTransaction;
    private boolean transactionOpen;
    private @Nullable Long transactionId;
    private Instant committedAt;
    private @Nullable RecordChangeEvent<SourceRecord> boundary;
    private long boundaryNanos;
    private long committedNanos = System.nanoTime();

    /** @param start the watermark to go on from; one whose snapshot is running if there is none to go on from */
    ChangeHandler(
            CaptureConfig config,
            RecordEncoder encoder,
            LiveKeys liveKeys,
            TransactionPublisher publisher,
            SourceIdentity identity,
            Watermark start,
            Progress progress) {
        this.config = config;
        this.encoder = encoder;
        this.liveKeys = liveKeys;
        this.publisher = publisher;
        this.identity = identity;
        this.progress = progress;
        this.epoch = start.getEpoch();
        this.snapshot = start.getSnapshot();
        this.snapshotting = snapshot.getState() == SnapshotState.RUNNING;
        this.position = new Lsn(start.getLsn());
        this.transactionId = start.getTransactionId();
        this.committedAt = start.getCommittedAt();
    }

    /** Takes nothing in after the next end of a transaction, and waits until what came before is committed. */
    boolean stop(Duration timeout) throws InterruptedException {
        stopRequested = true;
        return stopped.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void handleBatch(
            List<RecordChangeEvent<SourceRecord>> batch, RecordCommitter<RecordChangeEvent<SourceRecord>> committer)
            throws InterruptedException {
        boolean idle = false;
        for (RecordChangeEvent<SourceRecord> event : batch) {
            SourceRecord record = event.record();
            Map<String, ?> offset = record.sourceOffset();
            if (!encoder.isChange(record)) {
                see(offset);
            }
            if (snapshotting) {
                snapshot(event, offset);
            } else {
                advance(event, number(offset, "lsn_commit"));
            }
            commitIfDue(committer, false);
            if (stopped.getCount() == 0) {
                return;
            }
            idle = !encoder.isChange(record);
            if (!idle) {
                see(offset);
                publish(record, offset);
            }
        }
        if (snapshotting && transactionOpen) {
            publisher.endTransaction(position);
        }
        commitIfDue(committer, idle);
    }

    private void snapshot(RecordChangeEvent<SourceRecord> event, Map<String, ?> offset) {
        Long lsn = number(offset, "lsn");
        if (offset.containsKey("snapshot")) {
            if (lsn != null) {
                position = new Lsn(lsn);
            }
            return;
        }
        // The first record that is not part of the snapshot. Without any row, it is the first that names a position.
        Long end = number(offset, "lsn_commit");
        if (position.equals(Lsn.ZERO)) {
            if (end == null && lsn == null) {
                return;
            }
            position = new Lsn(end != null ? end : lsn);
        }
        snapshotting = false;
        snapshot = new SnapshotProgress(SnapshotState.COMPLETED, snapshotRows, config.tables());
        progress.snapshotCompleted(snapshotRows);
        complete(event);
        advance(event, end);
    }

    private void advance(RecordChangeEvent<SourceRecord> event, @Nullable Long lsn) {
        if (lsn != null && new Lsn(lsn).isAfter(position)) {
            position = new Lsn(lsn);
            complete(event);
        }
    }

    private void complete(RecordChangeEvent<SourceRecord> event) {
        publisher.endTransaction(position);
        transactionOpen = false;
        positionInTransaction = 0;
        if (boundary == null) {
            boundaryNanos = System.nanoTime();
        }
        boundary = event;
    }

    /** Also what is no change of ours tells how late it is at the server. */
    private void see(Map<String, ?> offset) {
        Long micros = number(offset, "ts_usec");
        if (micros != null) {
            committedAt = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        }
    }

    private void publish(SourceRecord record, Map<String, ?> offset) {
        transactionId = snapshotting ? null : number(offset, "txId");
        transactionOpen = true;
        long timestamp = committedAt.toEpochMilli();
        if (isTruncate(record)) {
            for (LiveKeys.Key key : liveKeys.of(record.topic(), publisher.flush())) {
                publisher.append(key.tombstone(timestamp), nextHeaders());
            }
        } else {
            publisher.append(encoder.encode(record, timestamp), nextHeaders());
        }
        if (snapshotting) {
            snapshotRows++;
        }
        progress.change();
    }

    private ChangeHeaders nextHeaders() {
        return new ChangeHeaders(
                config.source(),
                epoch,
                transactionId == null ? 0 : transactionId,
                // Rows of the snapshot come before the first transaction after it.
                snapshotting ? position.value() - 1 : position.value(),
                positionInTransaction++,
                Optional.empty());
    }

    private static boolean isTruncate(SourceRecord record) {
        return record.value() instanceof Struct envelope
                && Operation.TRUNCATE.code().equals(envelope.getString("op"));
    }

    private void commitIfDue(RecordCommitter<RecordChangeEvent<SourceRecord>> committer, boolean idle)
            throws InterruptedException {
        if (transactionOpen || snapshotting) {
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
        publisher.commit(config.source(), this::watermark);
        committedNanos = System.nanoTime();
        progress.captured(position, epoch);
        committer.markProcessed(boundary);
        committer.markBatchFinished();
        boundary = null;
        if (stopRequested) {
            stopped.countDown();
        }
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
                snapshot);
    }

    private static @Nullable Long number(Map<String, ?> offset, String key) {
        return (Long) offset.get(key);
    }

    /** What others may know of the work. */
    interface Progress {
        void change();

        void snapshotCompleted(long rows);

        void captured(Lsn position, int epoch);
    }
}
