package io.waltally.connectors.capture.snapshot;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.encoding.RecordEncoder;
import io.waltally.connectors.capture.encoding.RecordSize;
import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.connectors.capture.error.SourceQueryException;
import io.waltally.connectors.capture.publishing.OwnTransactionsReader;
import io.waltally.connectors.capture.publishing.TransactionPublisher;
import io.waltally.connectors.capture.snapshot.RowReader.Rows;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Counted;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the tables that are not complete in their topics: at the beginning of an epoch all tables before streaming
 * starts, later ones in chunks between two transactions of the stream. The watermark carries the progress, so a crash
 * costs only what was not committed.
 *
 * <p>A chunk is published once the stream has reached the position at which it was read, without the rows that the
 * stream has changed in between: its rows then equal those of the stream. When the stream has reached the position of
 * the last chunk, rows that are in the topic and not in the table become tombstones, and the table is complete.
 *
 * <p>If an exported snapshot was lost before streaming started, rows are newer than the stream that follows, which then
 * publishes their changes once more.
 *
 * <p>Used by the publishing thread, except for requests.
 */
public final class Snapshots implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final Duration LOG_INTERVAL = Duration.ofSeconds(5);
    private static final Duration VISIBILITY_POLL = Duration.ofMillis(100);
    private static final Duration LOCK_WAIT = Duration.ofMillis(500);
    private static final Duration LOCK_PAUSE = Duration.ofSeconds(5);
    private static final long MAX_BYTES = 32L * 1024 * 1024;

    private final CaptureConfig config;
    private final RecordEncoder encoder;
    private final TransactionPublisher publisher;
    private final OwnTransactionsReader view;
    private final VanishedRows vanished;
    private final int epoch;
    private final Listener listener;
    private final SnapshotRequests requests;
    private final List<TableSnapshot> pending = new CopyOnWriteArrayList<>();

    /** Complete tables without rows, which are logged together. */
    private final List<String> empty = new ArrayList<>();

    /** Requested tables that are complete, but the watermark that says so is not committed. */
    private final List<TableSnapshot> uncommitted = new CopyOnWriteArrayList<>();

    /** Rows that this session read and sent to the dead letter topic: their topic keeps what it has of them. */
    private final Set<RecordKey> setAside = new HashSet<>();

    private final List<String> complete;
    private final Map<String, String> identities;
    private SnapshotState state;
    private long written;

    private @Nullable RowReader reader;
    private final ChangedKeys changed = new ChangedKeys();
    private @Nullable Set<Long> openAtBeginning;

    /** The server's position when the session began to read beside the stream. */
    private @Nullable Lsn barrier;

    private boolean passedBarrier;

    private Lsn at = Lsn.ZERO;
    private long positionInTransaction;
    private @Nullable Chunk unpublished;
    private long nextChunkNanos = System.nanoTime();
    private long nextAttemptNanos = nextChunkNanos;
    private long loggedNanos = System.nanoTime();

    /**
     * Rows that were read beside the stream and are not published yet.
     *
     * @param progress of their table after they are published
     * @param rows the rows that the stream has not changed since
     * @param moment LSN at which they were read
     */
    private record Chunk(TableSnapshot progress, Map<RecordKey, ProducerRecord<byte[], byte[]>> rows, Lsn moment) {}

    /** Receives the progress. */
    public interface Listener {
        void snapshots(List<TableSnapshot> pending);

        void completed(CompletedSnapshot snapshot);

        void failed(FailedSnapshot snapshot);
    }

    public Snapshots(
            CaptureConfig config,
            RecordEncoder encoder,
            TransactionPublisher publisher,
            OwnTransactionsReader view,
            int epoch,
            SnapshotProgress progress,
            SnapshotRequests requests,
            Listener listener) {
        this.config = config;
        this.encoder = encoder;
        this.publisher = publisher;
        this.view = view;
        this.vanished = new VanishedRows(view);
        this.epoch = epoch;
        this.listener = listener;
        this.requests = requests;
        this.state = progress.getState();
        this.written = progress.getRows();
        this.complete = new ArrayList<>(progress.getTables());
        this.identities = new TreeMap<>(progress.getIdentities());
        progress.getPending().forEach(table -> pending.add(TableSnapshot.of(table)));
        notifyListener();
    }

    /** A request was added. From any thread. */
    public void requested() {
        notifyListener();
    }

    /** Adds tables that are captured from now on. */
    public void add(List<String> tables) {
        for (String table : tables) {
            if (!complete.contains(table)
                    && pending.stream()
                            .noneMatch(it -> it.isWholeTable() && it.table().equals(table))) {
                pending.add(TableSnapshot.whole(table, view.ends(topic(table))));
            }
        }
        notifyListener();
    }

    /**
     * Publishes tombstones for all rows of tables that do not exist any more, before streaming starts; the caller commits.
     *
     * @param topics those of their topics that exist
     */
    public void removeRows(Set<String> tables, Set<String> topics, Lsn position) {
        at(position);
        for (String table : tables) {
            if (topics.contains(topic(table))) {
                publishTombstones(TableSnapshot.whole(table, view.ends(topic(table))));
            }
            complete.remove(table);
            identities.remove(table);
        }
        publisher.endTransaction(position);
    }

    public SnapshotProgress toAvro() {
        return new SnapshotProgress(
                state,
                written,
                List.copyOf(complete),
                pending.stream().map(TableSnapshot::toAvro).toList(),
                Map.copyOf(identities));
    }

    /** Whether the topic's table is being read, so that its rows may be omitted if the stream changes them. */
    public boolean reads(String topic) {
        if (pending.isEmpty()) {
            return false;
        }
        return pending.stream()
                .anyMatch(table ->
                        table.completeAt().isEmpty() && topic(table.table()).equals(topic));
    }

    /**
     * Reads all pending tables before streaming starts.
     *
     * @param exported snapshot of the position {@code position}; empty if it was lost: rows are then newer, and the
     *     stream follows
     * @param commit commits the published rows with the progress
     * @return whether it finished; false if it had to stop
     */
    public boolean readBeforeStream(Optional<String> exported, Lsn position, Runnable commit, BooleanSupplier stopping)
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

    /** Returns false if it had to stop. */
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
    public void published(long transactionId, ProducerRecord<byte[], byte[]> record) {
        if (pending.isEmpty()) {
            return;
        }
        if (unpublished != null) {
            unpublished.rows().remove(RecordKey.of(record));
        }
        try {
            changed.add(transactionId, record.topic(), record.key(), () -> reader().visibleNow());
        } catch (SQLException e) {
            throw new SourceQueryException("pg_current_snapshot() cannot be read", e);
        }
    }

    /** The stream has truncated the topic's table. */
    public void truncated(String topic) {
        if (unpublished != null && topic(unpublished.progress().table()).equals(topic)) {
            unpublished.rows().clear();
        }
    }

    /** Whether a chunk should be published or read now. While the stream is busy, half of the time belongs to it. */
    public boolean due(boolean idle, Lsn position) {
        if (unpublished != null) {
            return !unpublished.moment().isAfter(position);
        }
        if (requests.open().stream().noneMatch(this::isNew) && firstUnread() < 0) {
            return false;
        }
        long now = System.nanoTime();
        return now - nextAttemptNanos >= 0 && (idle || now - nextChunkNanos >= 0);
    }

    /**
     * Publishes or reads a chunk. Only between transactions, while no Kafka transaction is open; the caller commits.
     *
     * @param position that the stream has reached
     */
    public void publishOrReadChunk(Lsn position) throws SQLException {
        at(position);
        if (unpublished == null) {
            try {
                readChunk();
            } catch (SQLException | RuntimeException e) {
                if (!abandon(e)) {
                    throw e;
                }
            }
        }
        if (unpublished != null && !unpublished.moment().isAfter(position)) {
            publish(unpublished);
            unpublished = null;
            reached(position);
        }
    }

    private void readChunk() throws SQLException {
        long began = System.nanoTime();
        if (!isPastBarrier()) {
            nextAttemptNanos = began + VISIBILITY_POLL.toNanos();
            return;
        }
        begin(requests.open().stream().filter(this::isNew).toList());
        if (firstUnread() < 0) {
            return;
        }
        if (openAtBeginning == null) {
            // These include every change that the stream has sent and queries do not see yet.
            openAtBeginning = reader().openTransactions();
        }
        TableSnapshot table = pending.get(firstUnread());
        VisibleTransactions seen;
        try {
            seen = reader().begin(table.table(), LOCK_WAIT);
        } catch (SQLException e) {
            reader().end();
            if (!FailureKind.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
                throw e;
            }
            waitForLock(e);
            return;
        }
        if (!openAtBeginning.stream().allMatch(seen::see)) {
            reader().end();
            waitForTransactions(seen);
            nextAttemptNanos = System.nanoTime() + VISIBILITY_POLL.toNanos();
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
        // Moves the stream to the moment if nothing else does, and on to the next chunk: an idle stream is read seldom.
        reader().emitMessage();
        unpublished = new Chunk(progress, rows, moment);
        long now = System.nanoTime();
        nextChunkNanos = now + (now - began);
    }

    /**
     * Whether the stream has reached the position at which the session began to read. A change of before may be the
     * last that the stream has of a row: the table may have been out of the publication since. It must not win over the
     * row as it is read, nor count as newer than the read.
     */
    private boolean isPastBarrier() throws SQLException {
        if (barrier == null) {
            barrier = reader().position();
            reader().emitMessage();
        }
        if (barrier.isAfter(at)) {
            return false;
        }
        if (!passedBarrier) {
            passedBarrier = true;
            pending.replaceAll(
                    table -> table.isWholeTable() && table.startedAt().isEmpty()
                            ? table.since(view.ends(topic(table.table())))
                            : table);
        }
        return true;
    }

    private void begin(List<TableSnapshot> requested) {
        for (TableSnapshot request : requested) {
            if (config.tables().contains(request.table())) {
                pending.add(request.since(view.ends(topic(request.table()))));
                openAtBeginning = null;
            } else {
                fail(request, "table " + request.table() + " is not captured any more");
            }
        }
    }

    /**
     * Whether no chunk of the requested table was read yet, neither in this session nor with the watermark's progress.
     */
    private boolean isNew(TableSnapshot request) {
        return Stream.concat(pending.stream(), uncommitted.stream())
                .noneMatch(known -> known.request().equals(request.request()));
    }

    private void fail(TableSnapshot table, String reason) {
        LOG.error(
                "snapshot of {}.{} is abandoned, and streaming continues: {}", config.source(), table.table(), reason);
        listener.failed(FailedSnapshot.of(table, reason));
        table.request().ifPresent(requests::end);
        notifyListener();
    }

    /** A request is dropped if its table or rows cannot be read; a table that its topic needs is retried. */
    private boolean abandon(Exception failure) {
        int unread = firstUnread();
        boolean requested = unread >= 0
                && (pending.get(unread).request().isPresent()
                        || !pending.get(unread).isWholeTable()
                        || complete.contains(pending.get(unread).table()));
        if (!requested || (FailureKind.of(failure) != FailureKind.PERMANENT && !FailureKind.isInternalError(failure))) {
            return false;
        }
        TableSnapshot table = pending.remove(unread);
        closeReader();
        fail(table, String.valueOf(failure.getMessage()));
        endIfNothingIsPending();
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

    /** The stream has reached this position. */
    public void reached(Lsn position) {
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
            if (table.rows() == 0 && table.request().isEmpty()) {
                empty.add(table.table());
            } else {
                LOG.info(
                        "snapshot of {}.{} is complete: {}",
                        config.source(),
                        table.table(),
                        Counted.of(table.rows(), "row"));
            }
        }
        // Before they are removed: the listener never lacks a request that has not ended.
        reached.stream().filter(table -> table.request().isPresent()).forEach(uncommitted::add);
        pending.removeAll(reached);
        if (pending.isEmpty() && !empty.isEmpty()) {
            LOG.info(
                    "snapshot of {}: {}: {}",
                    config.source(),
                    Counted.of(empty.size(), "table has no rows", "tables have no rows"),
                    String.join(", ", empty));
            empty.clear();
        }
        endIfNothingIsPending();
        notifyListener();
    }

    /** A watermark with the progress is committed. */
    public void committed() {
        if (uncommitted.isEmpty()) {
            return;
        }
        for (TableSnapshot table : uncommitted) {
            listener.completed(CompletedSnapshot.of(table));
            requests.end(table.request().orElseThrow());
        }
        uncommitted.clear();
        notifyListener();
    }

    /** Reads the next rows of a table. Returns the new progress. */
    private TableSnapshot read(TableSnapshot table, int limit, Consumer<ProducerRecord<byte[], byte[]>> rows)
            throws SQLException {
        Instant now = Instant.now();
        TableSnapshot started =
                table.startedAt().isPresent() ? table : table.started(reader().estimate(table.table()), now);
        long read = 0;
        long bytes = 0;
        List<String> lastKey = table.lastKey();
        try (Rows result = reader().rows(started, limit, at, now)) {
            while (bytes < MAX_BYTES && result.next()) {
                SourceRecord row = result.record();
                ProducerRecord<byte[], byte[]> record = encoder.encode(row, now.toEpochMilli());
                if (!record.topic().equals(row.topic())) {
                    byte[] key = encoder.encodeKey(row.topic(), row.keySchema(), (Struct) row.key())
                            .bytes();
                    setAside.add(RecordKey.of(row.topic(), key));
                }
                rows.accept(record);
                read++;
                bytes += RecordSize.upperBound(record);
                lastKey = result.key();
            }
        }
        return started.read(read, lastKey);
    }

    /**
     * Publishes the rows; if there were none left, publishes tombstones of vanished rows.
     *
     * @param moment LSN at which they were read
     */
    private void advance(int index, TableSnapshot progress, Lsn moment) {
        long read = progress.rows() - pending.get(index).rows();
        written += read;
        TableSnapshot table = progress;
        if (read == 0) {
            table = progress.allRead(moment);
            // Everything read before is committed, and no transaction is open.
            publishTombstones(table);
        }
        pending.set(index, table);
        logProgress(table);
        notifyListener();
    }

    private void publishTombstones(TableSnapshot table) {
        if (!table.isWholeTable()) {
            return;
        }
        long now = System.currentTimeMillis();
        long before = positionInTransaction;
        String topic = topic(table.table());
        vanished.find(topic, table.since(), key -> {
            if (!setAside.contains(RecordKey.of(topic, key.bytes()))) {
                publisher.append(key.tombstone(now), nextHeaders());
            }
        });
        setAside.removeIf(row -> row.topic().equals(topic));
        long gone = positionInTransaction - before;
        written += gone;
        if (gone > 0) {
            LOG.info(
                    "removed {} of {}.{} that the table does not have any more",
                    Counted.of(gone, "row"),
                    config.source(),
                    table.table());
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
            // Increases also after a crash, when the snapshot continues at the same position.
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
        if (isLogDue()) {
            LOG.info(
                    "snapshot of {} waits until transactions end that were open when it began: {}",
                    config.source(),
                    openAtBeginning.stream().filter(id -> !seen.see(id)).toList());
        }
    }

    /** Streaming continues meanwhile. */
    private void waitForLock(SQLException locked) {
        if (isLogDue()) {
            LOG.info("snapshot of {} waits until a table is not locked: {}", config.source(), locked.getMessage());
        }
        nextAttemptNanos = System.nanoTime() + LOCK_PAUSE.toNanos();
    }

    private void logProgress(TableSnapshot table) {
        if (!isLogDue()) {
            return;
        }
        double seconds = Math.max(
                0.001,
                Duration.between(table.startedAt().orElseThrow(), Instant.now()).toMillis() / 1000.0);
        double rate = table.rows() / seconds;
        LOG.info(
                "snapshot of {}.{}: {}{}, {} rows/s",
                config.source(),
                table.table(),
                Counted.of(table.rows(), "row"),
                table.estimate() > 0 ? " of about " + table.estimate() : "",
                Math.round(rate));
    }

    private boolean isLogDue() {
        long now = System.nanoTime();
        if (now - loggedNanos < LOG_INTERVAL.toNanos()) {
            return false;
        }
        loggedNanos = now;
        return true;
    }

    /** Synchronized, so that no request is missing in the last notification. */
    private synchronized void notifyListener() {
        Stream<TableSnapshot> begun = Stream.concat(pending.stream(), uncommitted.stream());
        listener.snapshots(Stream.concat(begun, requests.open().stream().filter(this::isNew))
                .toList());
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
