package io.waltally.connectors.capture;

import io.waltally.connectors.capture.RowReader.Rows;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables that are not whole in their topics yet, and the reading of them: at an epoch's beginning all of them, before
 * anything is streamed; later ones in chunks, between two transactions of the stream. How far they are travels in the
 * watermark, so that a crash costs no more than what was not committed.
 *
 * <p>A chunk is published once the stream has come to the moment at which it was read, without the rows that the stream has
 * changed meanwhile: its rows are as the stream has them there. Once the stream has come to the moment of the last row, those
 * that the topic has and the table has not become tombstones, and the table is complete.
 *
 * <p>Rows that are read before the stream begins, after an exported moment was lost, are newer than the stream that follows,
 * which tells their changes once more.
 *
 * <p>Used by the thread that publishes, but for requests.
 */
final class Snapshots implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Snapshots.class);
    private static final Duration LOG_INTERVAL = Duration.ofSeconds(5);
    private static final Duration VISIBILITY_POLL = Duration.ofMillis(100);
    private static final Duration LOCK_WAIT = Duration.ofMillis(500);
    private static final Duration LOCK_PAUSE = Duration.ofSeconds(5);
    private static final long MOST_BYTES = 32L * 1024 * 1024;

    private final CaptureConfig config;
    private final RecordEncoder encoder;
    private final TransactionPublisher publisher;
    private final WriterView view;
    private final VanishedRows vanished;
    private final int epoch;
    private final Listener listener;
    private final Queue<TableSnapshot> requests = new ConcurrentLinkedQueue<>();

    private final List<TableSnapshot> pending = new CopyOnWriteArrayList<>();
    private final List<String> complete;
    private final Map<String, String> identities;
    private SnapshotState state;
    private long written;

    private @Nullable RowReader reader;
    private final ChangedKeys changed = new ChangedKeys();
    private @Nullable Set<Long> openAtBeginning;
    private Lsn at = Lsn.ZERO;
    private long positionInTransaction;
    private @Nullable Chunk held;
    private long nextChunkNanos = System.nanoTime();
    private long askAgainNanos = nextChunkNanos;
    private long loggedNanos = System.nanoTime();

    /**
     * Rows that were read beside the stream and are not published yet.
     *
     * @param progress of their table once they are
     * @param rows that the stream has not changed since
     * @param moment at which they were read
     */
    private record Chunk(TableSnapshot progress, Map<RecordKey, ProducerRecord<byte[], byte[]>> rows, Lsn moment) {}

    /** What others may know of it. */
    interface Listener {
        void snapshots(List<TableSnapshot> pending);

        void failed(FailedSnapshot snapshot);
    }

    Snapshots(
            CaptureConfig config,
            RecordEncoder encoder,
            TransactionPublisher publisher,
            WriterView view,
            int epoch,
            SnapshotProgress progress,
            Listener listener) {
        this.config = config;
        this.encoder = encoder;
        this.publisher = publisher;
        this.view = view;
        this.vanished = new VanishedRows(view);
        this.epoch = epoch;
        this.listener = listener;
        this.state = progress.getState();
        this.written = progress.getRows();
        this.complete = new ArrayList<>(progress.getTables());
        this.identities = progress.getIdentities();
        progress.getPending().forEach(table -> pending.add(TableSnapshot.of(table)));
        tell();
    }

    /** Asks for a table, or a range of its keys, to be read again. From any thread. */
    void request(TableSnapshot table) {
        requests.add(table);
        tell();
    }

    /** Tables that are captured from now on and were not before. */
    void add(List<String> tables) {
        for (String table : tables) {
            if (!complete.contains(table)
                    && pending.stream()
                            .noneMatch(it -> it.isWholeTable() && it.table().equals(table))) {
                pending.add(TableSnapshot.whole(table, view.ends(topic(table))));
            }
        }
        tell();
    }

    SnapshotProgress toAvro() {
        return new SnapshotProgress(
                state,
                written,
                List.copyOf(complete),
                pending.stream().map(TableSnapshot::toAvro).toList(),
                identities);
    }

    /** Whether the topic's table is being read, so that rows of it that the stream changes may be left out. */
    boolean reads(String topic) {
        if (pending.isEmpty()) {
            return false;
        }
        return pending.stream()
                .anyMatch(table ->
                        table.completeAt().isEmpty() && topic(table.table()).equals(topic));
    }

    /**
     * Reads what is pending before anything is streamed.
     *
     * @param exported the snapshot of the moment {@code position}; empty if that is gone: rows are then newer, and the
     *     stream follows
     * @param commit commits what was published, with the progress
     * @return whether it came to its end: not if it had to stop
     */
    boolean readBeforeStream(Optional<String> exported, Lsn position, Runnable commit, BooleanSupplier stopping)
            throws SQLException {
        at(position);
        if (exported.isPresent()) {
            List<String> tables = pending.stream()
                    .filter(table -> table.completeAt().isEmpty())
                    .map(TableSnapshot::table)
                    .toList();
            reader().beginAt(exported.get(), tables);
            for (int i = 0; i < pending.size(); i++) {
                if (pending.get(i).completeAt().isEmpty()
                        && !reader().isRewritten(pending.get(i).table())
                        && !readWhole(i, Optional.of(position), commit, stopping)) {
                    return false;
                }
            }
            reader().end();
        }
        for (int table = firstUnread(); table >= 0; table = firstUnread()) {
            reader().begin(pending.get(table).table(), Duration.ZERO);
            if (!readWhole(table, Optional.empty(), commit, stopping)) {
                return false;
            }
            reader().end();
        }
        reached(position);
        commit.run();
        return true;
    }

    /** False if it had to stop. */
    private boolean readWhole(int index, Optional<Lsn> moment, Runnable commit, BooleanSupplier stopping)
            throws SQLException {
        while (pending.get(index).completeAt().isEmpty()) {
            if (stopping.getAsBoolean()) {
                return false;
            }
            TableSnapshot progress =
                    read(pending.get(index), config.groupingRecords(), row -> publisher.append(row, nextHeaders()));
            advance(index, progress, moment.isPresent() ? moment.get() : reader().position());
            publisher.endTransaction(at);
            commit.run();
        }
        return true;
    }

    /** A row was published from the stream. */
    void published(long transactionId, ProducerRecord<byte[], byte[]> record) {
        if (pending.isEmpty()) {
            return;
        }
        if (held != null) {
            held.rows().remove(RecordKey.of(record));
        }
        try {
            changed.add(transactionId, record.topic(), record.key(), () -> reader().visibleNow());
        } catch (SQLException e) {
            throw new SourceQueryException("it is not known which transactions queries see", e);
        }
    }

    /** The stream has emptied the topic's table. */
    void truncated(String topic) {
        if (held != null && topic(held.progress().table()).equals(topic)) {
            held.rows().clear();
        }
    }

    /**
     * Whether it is time to publish a chunk, or to read one; half of the time belongs to the stream while that has something
     * to do.
     */
    boolean due(boolean idle, Lsn position) {
        if (held != null) {
            return !held.moment().isAfter(position);
        }
        if (requests.isEmpty() && firstUnread() < 0) {
            return false;
        }
        long now = System.nanoTime();
        return now - askAgainNanos >= 0 && (idle || now - nextChunkNanos >= 0);
    }

    /**
     * Does what is due. Only between transactions, while no Kafka transaction is open; the caller commits.
     *
     * @param position that the stream has come to
     */
    void goOn(Lsn position) throws SQLException {
        at(position);
        if (held == null) {
            try {
                readChunk();
            } catch (SQLException | CaptureException e) {
                if (!abandon(e)) {
                    throw e;
                }
            }
        }
        if (held != null && !held.moment().isAfter(position)) {
            publish(held);
            held = null;
            reached(position);
        }
    }

    private void readChunk() throws SQLException {
        long began = System.nanoTime();
        for (TableSnapshot request = requests.poll(); request != null; request = requests.poll()) {
            pending.add(TableSnapshot.range(
                    request.table(), view.ends(topic(request.table())), request.from(), request.to()));
            openAtBeginning = null;
        }
        if (openAtBeginning == null) {
            // Whatever the stream told before now and queries do not see yet is among these.
            openAtBeginning = reader().openTransactions();
        }
        TableSnapshot table = pending.get(firstUnread());
        VisibleTransactions seen;
        try {
            seen = reader().begin(table.table(), LOCK_WAIT);
        } catch (SQLException e) {
            reader().end();
            if (!Failure.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw e;
            }
            waitForLock(e);
            return;
        }
        if (!openAtBeginning.stream().allMatch(seen::see)) {
            reader().end();
            waitForTransactions(seen);
            askAgainNanos = System.nanoTime() + VISIBILITY_POLL.toNanos();
            return;
        }
        changed.forget(seen);
        Map<RecordKey, ProducerRecord<byte[], byte[]>> rows = new LinkedHashMap<>();
        TableSnapshot progress = read(table, config.snapshotChunkRows(), row -> {
            if (!changed.contains(row.topic(), row.key())) {
                rows.put(RecordKey.of(row), row);
            }
        });
        Lsn moment = reader().position();
        reader().end();
        if (moment.isAfter(at)) {
            reader().emitMessage();
        }
        held = new Chunk(progress, rows, moment);
        long now = System.nanoTime();
        nextChunkNanos = now + (now - began);
    }

    /** What was asked for is given up where it cannot be read; what the topic needs to be whole is not. */
    private boolean abandon(Exception failure) {
        int unread = firstUnread();
        boolean asked = unread >= 0
                && (!pending.get(unread).isWholeTable()
                        || complete.contains(pending.get(unread).table()));
        if (!asked || Failure.of(failure) == Failure.RETRIABLE) {
            return false;
        }
        TableSnapshot table = pending.remove(unread);
        closeReader();
        LOGGER.error(
                "snapshot of {}.{} is given up, and the stream goes on: {}",
                config.source(),
                table.table(),
                failure.getMessage());
        listener.failed(new FailedSnapshot(
                table.table(), table.from(), table.to(), String.valueOf(failure.getMessage()), Instant.now()));
        endIfNothingIsPending();
        tell();
        return true;
    }

    private void endIfNothingIsPending() {
        if (pending.isEmpty()) {
            state = SnapshotState.COMPLETED;
            openAtBeginning = null;
            closeReader();
        }
    }

    private void publish(Chunk chunk) {
        chunk.rows().values().forEach(row -> publisher.append(row, nextHeaders()));
        advance(firstUnread(), chunk.progress(), chunk.moment());
        publisher.endTransaction(at);
    }

    /** The stream has come to this position. */
    void reached(Lsn position) {
        if (pending.isEmpty()) {
            return;
        }
        List<TableSnapshot> reached = pending.stream()
                .filter(table -> table.completeAt().isPresent()
                        && !table.completeAt().get().isAfter(position))
                .toList();
        if (reached.isEmpty()) {
            return;
        }
        for (TableSnapshot table : reached) {
            if (table.isWholeTable() && !complete.contains(table.table())) {
                complete.add(table.table());
            }
            LOGGER.info("snapshot of {}.{} is complete: {} rows", config.source(), table.table(), table.rows());
        }
        pending.removeAll(reached);
        endIfNothingIsPending();
        tell();
    }

    /** Reads the next rows of a table; returns how far it is then. */
    private TableSnapshot read(TableSnapshot table, int limit, Consumer<ProducerRecord<byte[], byte[]>> rows)
            throws SQLException {
        Instant now = Instant.now();
        TableSnapshot started =
                table.startedAt().isPresent() ? table : table.started(reader().estimate(table.table()), now);
        long read = 0;
        long bytes = 0;
        List<String> lastKey = table.lastKey();
        try (Rows result = reader().rows(started, limit, at, now)) {
            while (bytes < MOST_BYTES && result.next()) {
                ProducerRecord<byte[], byte[]> record = encoder.encode(result.record(), now.toEpochMilli());
                rows.accept(record);
                read++;
                bytes += RecordSize.upperBound(record);
                lastKey = result.key();
            }
        }
        return started.read(read, lastKey);
    }

    /**
     * Rows were published, or if there were none any more, tombstones of those that vanished are.
     *
     * @param moment at which they were read
     */
    private void advance(int index, TableSnapshot progress, Lsn moment) {
        long read = progress.rows() - pending.get(index).rows();
        written += read;
        TableSnapshot table = progress;
        if (read == 0) {
            table = progress.allRead(moment);
            // All that was read before is committed, and nothing is open.
            buryVanishedRows(table);
        }
        pending.set(index, table);
        logProgress(table);
        tell();
    }

    private void buryVanishedRows(TableSnapshot table) {
        if (!table.isWholeTable()) {
            return;
        }
        long now = System.currentTimeMillis();
        long before = positionInTransaction;
        vanished.find(topic(table.table()), table.since(), key -> publisher.append(key.tombstone(now), nextHeaders()));
        long gone = positionInTransaction - before;
        written += gone;
        if (gone > 0) {
            LOGGER.info("{} rows of {}.{} are not in the table any more", gone, config.source(), table.table());
        }
    }

    private String topic(String table) {
        return config.source().topicOf(table);
    }

    private int firstUnread() {
        for (int i = 0; i < pending.size(); i++) {
            if (pending.get(i).completeAt().isEmpty()) {
                return i;
            }
        }
        return -1;
    }

    private void at(Lsn position) {
        if (!position.equals(at)) {
            at = position;
            // Grows also across a crash after which the snapshot goes on at the same position.
            positionInTransaction = written;
        }
    }

    private ChangeHeaders nextHeaders() {
        return new ChangeHeaders(config.source(), epoch, 0, sequence(at), positionInTransaction++, Optional.empty());
    }

    /** After the transaction that ended there, and before the next one. */
    private static long sequence(Lsn position) {
        return position.value() - 1;
    }

    private void waitForTransactions(VisibleTransactions seen) {
        if (logs()) {
            LOGGER.info(
                    "snapshot of {} waits until transactions end that were open when it began: {}",
                    config.source(),
                    openAtBeginning.stream().filter(id -> !seen.see(id)).toList());
        }
    }

    /** The stream goes on meanwhile. */
    private void waitForLock(SQLException locked) {
        if (logs()) {
            LOGGER.info("snapshot of {} waits until a table is not locked: {}", config.source(), locked.getMessage());
        }
        askAgainNanos = System.nanoTime() + LOCK_PAUSE.toNanos();
    }

    private void logProgress(TableSnapshot table) {
        if (!logs()) {
            return;
        }
        double seconds = Math.max(
                0.001,
                Duration.between(table.startedAt().orElseThrow(), Instant.now()).toMillis() / 1000.0);
        double rate = table.rows() / seconds;
        LOGGER.info(
                "snapshot of {}.{}: {} rows{}, {} rows/s",
                config.source(),
                table.table(),
                table.rows(),
                table.estimate() > 0 ? " of about " + table.estimate() : "",
                Math.round(rate));
    }

    private boolean logs() {
        long now = System.nanoTime();
        if (now - loggedNanos < LOG_INTERVAL.toNanos()) {
            return false;
        }
        loggedNanos = now;
        return true;
    }

    private void tell() {
        listener.snapshots(Stream.concat(pending.stream(), requests.stream()).toList());
    }

    private RowReader reader() throws SQLException {
        if (reader == null) {
            reader = new RowReader(config);
        }
        return reader;
    }

    private void closeReader() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    @Override
    public void close() {
        closeReader();
    }
}
