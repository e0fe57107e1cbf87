package io.waltally.iceberg.table;

import io.waltally.iceberg.change.ChangePosition;
import io.waltally.iceberg.change.ChangelogRow;
import io.waltally.iceberg.column.ChangeColumns;
import io.waltally.iceberg.column.ColumnConflictException;
import io.waltally.iceberg.column.RowLayout;
import io.waltally.iceberg.column.TableColumns;
import io.waltally.iceberg.storage.FencedException;
import io.waltally.iceberg.storage.FileTableOperations;
import io.waltally.iceberg.storage.LocalFileIO;
import io.waltally.schemas.Operation;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.ResetRequest;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.avro.Schema;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.exceptions.CleanableFailure;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.PropertyUtil;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes of one topic as an append-only Iceberg table. Each commit is a snapshot whose summary has the positions
 * up to which the table has the topic.
 *
 * <p>Only the instance that made the last snapshot of the sink may make the next one; a claim is a snapshot too.
 * Snapshots of other tools in between do not matter.
 */
public final class ChangelogTable {
    private static final Logger LOG = LoggerFactory.getLogger(ChangelogTable.class);

    /** A table without new rows says so often how far it is complete. */
    private static final long PROGRESS_NANOS = Duration.ofMinutes(1).toNanos();

    private static final long EXPIRY_NANOS = Duration.ofMinutes(10).toNanos();
    private static final int MAX_CLAIMS = 10;

    /** The properties of a new table; its owner may change them. */
    private static final Map<String, String> PROPERTIES = Map.of(
            TableProperties.FORMAT_VERSION,
            "2",
            TableProperties.PARQUET_COMPRESSION,
            "zstd",
            TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
            Integer.toString(128 << 20),
            // Rows of this size are in memory until they are written.
            TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES,
            Integer.toString(32 << 20),
            TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED,
            "true",
            TableProperties.METADATA_PREVIOUS_VERSIONS_MAX,
            "100",
            // The table has its history in its rows.
            TableProperties.MAX_SNAPSHOT_AGE_MS,
            Long.toString(Duration.ofHours(1).toMillis()));

    private final String sink;
    private final String topic;
    private final Path directory;
    private final FileTableOperations operations;
    private final Table table;
    private final Map<Schema, RowLayout> layouts = new HashMap<>();
    private final Map<TopicPartition, ChangePosition> deletes = new HashMap<>();

    private Optional<Long> owned = Optional.empty();
    private @Nullable SinkProgress progress;
    private @Nullable DataFiles files;
    private org.apache.iceberg.@Nullable Schema schema;
    private long committed;
    private long expired;

    /**
     * @param sink its name
     * @param topic of the changes
     * @param directory of the table
     */
    public ChangelogTable(String sink, String topic, Path directory) {
        this.sink = sink;
        this.topic = topic;
        this.directory = directory;
        operations = new FileTableOperations(directory, this::requireOwned);
        table = new BaseTable(operations, topic);
    }

    private void requireOwned(TableMetadata current) {
        if (!SnapshotHistory.lastOfSink(current).map(Snapshot::snapshotId).equals(owned)) {
            throw new FencedException("another instance writes the table in " + directory);
        }
    }

    public String topic() {
        return topic;
    }

    public Path directory() {
        return directory;
    }

    /**
     * Makes this instance the only writer of the table, which is created if it is missing, and emptied if the claim has
     * a new request to read the topics again.
     *
     * @param claim of all partitions of the sink
     * @param isMine whether the table keeps the position of a partition
     * @throws TargetException FOREIGN if the table is of other topics, MISCONFIGURED if it is of another sink or is no
     *     table of changes
     */
    public void claim(WriterClaim claim, Predicate<TopicPartition> isMine) {
        for (int i = 0; i < MAX_CLAIMS; i++) {
            try {
                tryClaim(claim, isMine);
                return;
            } catch (FencedException | CommitFailedException e) {
                LOG.debug("another process has changed the table in {}", directory, e);
            }
        }
        throw new TargetException(
                TargetException.Kind.UNAVAILABLE, "other processes change the table in " + directory + " all the time");
    }

    private void tryClaim(WriterClaim claim, Predicate<TopicPartition> isMine) {
        TableMetadata current = operations.refresh();
        if (current == null) {
            operations.commit(
                    null,
                    TableMetadata.newTableMetadata(
                            ChangeColumns.schema(),
                            PartitionSpec.unpartitioned(),
                            LocalFileIO.location(directory),
                            PROPERTIES));
            LOG.info("sink {}: new table in {}", sink, directory);
            current = operations.refresh();
        }
        if (current == null || !ChangeColumns.areIn(current.schema())) {
            throw new TargetException(
                    TargetException.Kind.MISCONFIGURED,
                    "the table in " + directory + " is not one of this sink: give sink " + sink + " another warehouse");
        }
        requireSamePlace(current);
        Optional<Snapshot> last = SnapshotHistory.lastOfSink(current);
        owned = last.map(Snapshot::snapshotId);
        Optional<SinkProgress> known = last.map(SinkProgress::from);
        boolean isNew = current.currentSnapshot() == null;
        known.ifPresent(this::requireSameSink);
        boolean reset = !isNew
                && claim.reset()
                        .filter(request -> request.isLaterThan(
                                known.map(SinkProgress::resetId).orElse("")))
                        .filter(request -> request.isAfter(
                                known.map(SinkProgress::confirmedAt).orElse(Instant.EPOCH)))
                        .isPresent();
        if (!isNew && !reset) {
            requireSame(claim, known);
        }
        Map<String, Uuid> topicIds = new HashMap<>();
        claim.partitions().forEach((partition, id) -> {
            if (isMine.test(partition)) {
                topicIds.put(partition.topic(), id);
            }
        });
        boolean keeps = known.isPresent() && !reset;
        SinkProgress next = new SinkProgress(
                sink,
                known.map(SinkProgress::writer).orElse(0L) + 1,
                claim.clusterId(),
                topicIds,
                isNew || reset
                        ? claim.reset().map(ResetRequest::id).orElse("")
                        : known.get().resetId(),
                keeps ? known.get().next() : Map.of(),
                keeps ? known.get().deletes() : Map.of(),
                keeps ? known.get().confirmedAt() : Instant.now(),
                keeps ? known.get().completeTo() : Optional.empty());
        Transaction transaction = table.newTransaction();
        if (reset) {
            UpdateSchema update = transaction.updateSchema();
            for (Types.NestedField column : current.schema().columns()) {
                if (!ChangeColumns.has(column.name())) {
                    update.deleteColumn(column.name());
                }
            }
            update.commit();
            commit(transaction, transaction.newDelete().deleteFromRowFilter(Expressions.alwaysTrue()), next);
            LOG.info("sink {}: emptied the table in {} to read its topic again", sink, directory);
        } else {
            commit(transaction, transaction.newAppend(), next);
        }
        // A sink that fails again and again makes a snapshot with each claim.
        expireSnapshots();
    }

    /**
     * Iceberg's metadata has absolute paths, so a table that was moved or copied still has its files in the former
     * place.
     */
    private void requireSamePlace(TableMetadata current) {
        if (!LocalFileIO.isLocation(current.location(), directory)) {
            throw new TargetException(
                    TargetException.Kind.MISCONFIGURED,
                    ("the table in %s was made in %s, where its files are: move it back, or give sink %s another warehouse,"
                                    + " which is filled from the topics")
                            .formatted(directory, current.location(), sink));
        }
    }

    private void requireSameSink(SinkProgress last) {
        if (!last.sink().equals(sink)) {
            throw new TargetException(
                    TargetException.Kind.MISCONFIGURED,
                    "the table in %s is written by sink %s: give sink %s another warehouse, or the former name"
                            .formatted(directory, last.sink(), sink));
        }
    }

    private void requireSame(WriterClaim claim, Optional<SinkProgress> known) {
        SinkProgress last = known.orElseThrow(() -> foreign("expired with the snapshots of the sink"));
        if (!last.clusterId().equals(claim.clusterId())) {
            throw foreign("of Kafka cluster " + last.clusterId() + ", and this is " + claim.clusterId());
        }
        claim.partitions().forEach((partition, id) -> {
            Uuid former = last.topicIds().get(partition.topic());
            if (former != null && !former.equals(id)) {
                throw foreign("of topic " + partition.topic() + " with id " + former + ", and this one has id " + id
                        + ": it was deleted and made again");
            }
        });
    }

    private TargetException foreign(String difference) {
        return new TargetException(
                TargetException.Kind.FOREIGN,
                ("the positions of the table in %s are %s. To empty the table and read its topic again from the beginning:"
                                + " waltally sinks resume %s --reset")
                        .formatted(directory, difference, sink));
    }

    /** Commits a snapshot with the positions, and marks it as the last one of the sink. */
    private void commit(Transaction transaction, SnapshotUpdate<?> update, SinkProgress next) {
        next.summary().forEach(update::set);
        update.commit();
        long snapshot = transaction.table().currentSnapshot().snapshotId();
        if (transaction.table().refs().containsKey(SnapshotHistory.TAG)) {
            transaction
                    .manageSnapshots()
                    .replaceTag(SnapshotHistory.TAG, snapshot)
                    .commit();
        } else {
            transaction
                    .manageSnapshots()
                    .createTag(SnapshotHistory.TAG, snapshot)
                    .commit();
        }
        transaction.commitTransaction();
        owned = Optional.of(snapshot);
        progress = next;
        committed = System.nanoTime();
    }

    /** The committed positions of the last writer; none if there is no table. */
    public Map<TopicPartition, Long> committedPositions() {
        return committedProgress().map(SinkProgress::next).orElse(Map.of());
    }

    /** The time when the last writer advanced or confirmed its positions; empty if there is no table. */
    public Optional<Instant> confirmedAt() {
        return committedProgress().map(SinkProgress::confirmedAt);
    }

    private Optional<SinkProgress> committedProgress() {
        return Optional.ofNullable(operations.refresh())
                .flatMap(SnapshotHistory::lastOfSink)
                .map(SinkProgress::from);
    }

    /** The positions that this instance has claimed or committed. */
    public Map<TopicPartition, Long> positions() {
        return claimed().next();
    }

    /** The position up to which the table has whole transactions. */
    public Optional<CompletePosition> completeTo() {
        return claimed().completeTo();
    }

    private SinkProgress claimed() {
        if (progress == null) {
            throw new TargetException(
                    TargetException.Kind.FENCED, "the table in " + directory + " was not claimed by this instance");
        }
        return progress;
    }

    public void begin() {
        deletes.clear();
        deletes.putAll(claimed().deletes());
        requireTable();
        useSchema(table.schema());
        files = new DataFiles(table);
    }

    private void requireTable() {
        if (operations.refresh() == null) {
            throw new TargetException(
                    TargetException.Kind.UNAVAILABLE,
                    ("the table in %s is gone: it is made again and filled from its topic; to keep its former rows, pause"
                                    + " sink %s and restore the directory")
                            .formatted(directory, sink));
        }
    }

    /**
     * Writes a change to the files of the open transaction; a tombstone that follows its delete is nothing new.
     *
     * @return whether it was written
     * @throws TargetException MISCONFIGURED if a column cannot take the values
     */
    public boolean write(TopicPartition partition, ChangelogRow change) {
        ChangePosition delete = deletes.remove(partition);
        if (change.tombstone()) {
            if (delete != null && change.place().follows(delete)) {
                return false;
            }
        } else if (change.operation() == Operation.DELETE) {
            deletes.put(partition, change.place());
        }
        RowLayout layout = layout(change.columns().getSchema());
        open().write(layout.row(change), schema);
        return true;
    }

    private DataFiles open() {
        if (files == null) {
            throw new IllegalStateException("no transaction is open");
        }
        return files;
    }

    private RowLayout layout(Schema row) {
        RowLayout known = layouts.get(row);
        if (known != null) {
            return known;
        }
        if (!TableColumns.fit(table.schema(), row)) {
            try {
                UpdateSchema update = table.updateSchema();
                TableColumns.update(table.schema(), row, update);
                update.commit();
            } catch (ColumnConflictException e) {
                throw new TargetException(
                        TargetException.Kind.MISCONFIGURED, "table in " + directory + ": " + e.getMessage(), e);
            }
            operations.refresh();
            LOG.info(
                    "sink {}: columns of the table in {} are now {}",
                    sink,
                    directory,
                    table.schema().columns().stream()
                            .map(Types.NestedField::name)
                            .toList());
        }
        useSchema(table.schema());
        return layouts.computeIfAbsent(row, added -> new RowLayout(table.schema(), added));
    }

    private void useSchema(org.apache.iceberg.Schema current) {
        if (schema == null || !schema.sameSchema(current)) {
            layouts.clear();
            schema = current;
        }
    }

    /**
     * Commits the rows and the positions in one snapshot. Positions without rows are committed at times only: to read
     * the records between them again yields no rows.
     */
    public void commit(TopicOffsets positions) {
        DataFiles written = open();
        List<DataFile> rows = written.complete();
        SinkProgress next = claimed().advance(positions.next(), deletes, Instant.now(), positions.completeTo());
        if (!rows.isEmpty() || isProgressDue(next)) {
            requireTable();
            Transaction transaction = table.newTransaction();
            AppendFiles append = transaction.newAppend();
            rows.forEach(append::appendFile);
            try {
                commit(transaction, append, next);
            } catch (RuntimeException e) {
                // Only of these failures is it certain that no snapshot has the files.
                if (!(e instanceof CleanableFailure)) {
                    written.keep();
                }
                throw e;
            }
            written.keep();
        }
        files = null;
    }

    private boolean isProgressDue(SinkProgress next) {
        boolean isFirstComplete =
                claimed().completeTo().isEmpty() && next.completeTo().isPresent();
        return isFirstComplete || System.nanoTime() - committed >= PROGRESS_NANOS;
    }

    /** Ends the open transaction without effect, if there is one. */
    public void rollback() {
        if (files != null) {
            files.abort();
            files = null;
        }
    }

    /** Lets snapshots expire as the table's properties say, every ten minutes. */
    public void maintain() {
        if (System.nanoTime() - expired >= EXPIRY_NANOS) {
            requireTable();
            expireSnapshots();
        }
    }

    private void expireSnapshots() {
        expired = System.nanoTime();
        if (PropertyUtil.propertyAsBoolean(
                table.properties(), TableProperties.GC_ENABLED, TableProperties.GC_ENABLED_DEFAULT)) {
            table.expireSnapshots().commit();
        }
    }
}
