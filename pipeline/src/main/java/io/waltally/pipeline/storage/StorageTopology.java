package io.waltally.pipeline.storage;

import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.table.Copies;
import io.waltally.pipeline.table.Copy;
import io.waltally.pipeline.table.ExhaustedCleanup;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.pipeline.table.Orphan;
import io.waltally.pipeline.table.Upload;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Contribution;
import io.waltally.pipeline.tally.Measure;
import io.waltally.pipeline.tally.TallyDelta;
import io.waltally.pipeline.tally.ToTallyDeltas;
import io.waltally.pipeline.tally.TransactionAggregator;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;

/**
 * Rows of s3-orchestrator -> the storage of each backend and each bucket.
 *
 * <p>Each partition of the source aggregates its own subtotals at the end of each transaction. The sum over partitions
 * is exact once the subtotals of all of them have arrived; until then it differs by the transactions in between.
 */
public final class StorageTopology {
    static final TransactionAggregator.Definition<TallySubject> SUBTOTALS =
            new TransactionAggregator.Definition<>("open-storage", "storage-subtotals", TallySubject.SERDE);
    static final String PENDING_STORE = "pending-subtotals";
    static final String BY_PARTITION_STORE = "subtotals-by-partition";
    static final String BACKENDS_BY_ORIGIN_STORE = "backends-by-origin";
    static final String EMITTED_POSITIONS_STORE = "emitted-backend-positions";
    static final String PENDING_BACKENDS_STORE = "pending-backends";
    static final String SUMMED_BY_ORIGIN_STORE = "summed-backends-by-origin";
    public static final String SUMMED_STORE = "summed-backends";
    static final String SUMMED_POSITION_STORE = "summed-position";
    private static final String PROGRESS_STORE = "storage-progress";
    private static final String SUMMED_PROGRESS_STORE = "summed-progress";

    private static final BinarySerde<Commit> COMMITS =
            BinarySerde.ofValue((commit, output) -> commit.writeTo(output), Commit::readFrom);

    private final int partitions;
    private final Duration interval;

    /**
     * @param partitions of the repartition topic
     * @param interval at which a partition emits changed subtotals
     */
    public StorageTopology(int partitions, Duration interval) {
        this.partitions = partitions;
        this.interval = interval;
    }

    /**
     * @param replicas further deltas of buckets
     * @param complete the position up to which each partition of the source was read
     */
    public Storage addTo(
            StreamsBuilder builder,
            ObjectStoreRows rows,
            KStream<TallySubject, TallyDelta> replicas,
            KStream<String, Position> complete) {
        PartitionProgress.Definition progress = new PartitionProgress.Definition(PROGRESS_STORE, partitions);
        progress.addTo(builder);
        SUBTOTALS.addInMemory(builder);
        builder.addStateStore(StateStores.inMemory(PENDING_STORE, TallySubject.SERDE, COMMITS));
        builder.addStateStore(StateStores.inMemory(
                BY_PARTITION_STORE, SumSubtotals.SubjectPartition.SERDE, PartitionUpdate.Subtotal.SERDE));
        builder.addStateStore(StateStores.inMemory(BACKENDS_BY_ORIGIN_STORE, SubtotalKey.SERDE, Amounts.SERDE));
        builder.addStateStore(StateStores.inMemory(EMITTED_POSITIONS_STORE, Serdes.String(), Position.SERDE));
        KStream<TallySubject, PartitionUpdate> updates = toDeltas(rows.objects(), "objects", StorageTopology::addCopies)
                .merge(toDeltas(rows.limits(), "limits", StorageTopology::addLimit), Named.as("merge-limits"))
                .merge(
                        toDeltas(rows.queued(), "queued-cleanups", StorageTopology::addOrphan),
                        Named.as("merge-queued-cleanups"))
                .merge(
                        toDeltas(rows.deadLetters(), "exhausted-cleanups", StorageTopology::addExhausted),
                        Named.as("merge-exhausted-cleanups"))
                .merge(toDeltas(rows.uploads(), "uploads", StorageTopology::addUpload), Named.as("merge-uploads"))
                .merge(toDeltas(rows.parts(), "parts", StorageTopology::addUpload), Named.as("merge-parts"))
                .merge(replicas, Named.as("merge-replicas"))
                .merge(
                        complete.map(
                                (key, position) ->
                                        KeyValue.pair(TallySubject.backend(""), new TallyDelta.Complete(position)),
                                Named.as("complete-storage")),
                        Named.as("merge-complete-storage"))
                .process(
                        () -> new AggregateSubtotals(interval),
                        Named.as("aggregate-subtotals"),
                        SUBTOTALS.openStore(),
                        SUBTOTALS.talliesStore(),
                        PENDING_STORE,
                        BACKENDS_BY_ORIGIN_STORE,
                        EMITTED_POSITIONS_STORE)
                // Repartitioned, because rows are partitioned by object, upload or id, and a backend or bucket has rows
                // in every partition.
                .repartition(Repartitioned.with(TallySubject.SERDE, PartitionUpdate.SERDE)
                        .withNumberOfPartitions(partitions)
                        .withStreamPartitioner(new PartitionUpdatePartitioner())
                        .withName("storage-subtotals"));
        KStream<TallySubject, StorageEvent> sums = updates.process(
                () -> new SumSubtotals(progress), Named.as("sum-subtotals"), BY_PARTITION_STORE, progress.store());
        return new Storage(
                sums.flatMapValues(
                        event -> event instanceof StorageChange change ? List.of(change) : List.of(),
                        Named.as("select-storage-changes")),
                sums.flatMapValues(
                        event -> event instanceof StorageEvent.Complete end ? List.of(end.position()) : List.of(),
                        Named.as("select-storage-complete")),
                sumInCommitOrder(builder, updates));
    }

    private KStream<TallySubject, StorageChange> sumInCommitOrder(
            StreamsBuilder builder, KStream<TallySubject, PartitionUpdate> updates) {
        PartitionProgress.Definition progress = new PartitionProgress.Definition(SUMMED_PROGRESS_STORE, partitions);
        progress.addTo(builder);
        builder.addStateStore(StateStores.onDisk(
                PENDING_BACKENDS_STORE, SumInCommitOrder.PendingKey.SERDE, PartitionUpdate.TransactionSubtotal.SERDE));
        builder.addStateStore(StateStores.inMemory(SUMMED_BY_ORIGIN_STORE, SubtotalKey.SERDE, Amounts.SERDE));
        builder.addStateStore(StateStores.inMemory(SUMMED_STORE, TallySubject.SERDE, Amounts.SERDE));
        builder.addStateStore(StateStores.inMemory(SUMMED_POSITION_STORE, Serdes.String(), Position.SERDE));
        return updates.process(
                () -> new SumInCommitOrder(progress),
                Named.as("sum-in-commit-order"),
                PENDING_BACKENDS_STORE,
                SUMMED_BY_ORIGIN_STORE,
                SUMMED_STORE,
                SUMMED_POSITION_STORE,
                progress.store());
    }

    /**
     * The output.
     *
     * @param changes sums as far as known
     * @param complete positions up to which the changes so far are complete
     * @param transactions the change of each backend by each transaction over all partitions, in commit order
     */
    public record Storage(
            KStream<TallySubject, StorageChange> changes,
            KStream<TallySubject, Position> complete,
            KStream<TallySubject, StorageChange> transactions) {}

    private static <I, S> KStream<TallySubject, TallyDelta> toDeltas(
            KStream<I, RowEvent<S>> rows, String noun, Contribution<I, S, TallySubject> contribution) {
        return rows.process(() -> new ToTallyDeltas<>(noun, contribution), Named.as("add-storage-of-" + noun));
    }

    static void addCopies(String objectKey, Copies copies, BiConsumer<TallySubject, Amounts> add) {
        TallySubject bucket = TallySubject.bucketOf(objectKey);
        for (Copy copy : copies.all()) {
            // One by one: amounts are added up without overflow.
            add.accept(bucket, Amounts.NONE.with(Measure.STORED_BYTES, copy.storedBytes()));
            add.accept(
                    TallySubject.backend(copy.backend()),
                    Amounts.NONE.with(Measure.STORED_BYTES, copy.storedBytes()).with(Measure.COPIES, 1));
        }
        add.accept(
                bucket,
                Amounts.NONE
                        .with(Measure.COPIES, copies.all().size())
                        .with(Measure.LOGICAL_BYTES, copies.first().logicalBytes())
                        .with(Measure.OBJECTS, 1));
    }

    static void addLimit(String backend, Amounts limit, BiConsumer<TallySubject, Amounts> add) {
        add.accept(TallySubject.backend(backend), limit);
    }

    static void addOrphan(Long id, Orphan orphan, BiConsumer<TallySubject, Amounts> add) {
        add.accept(TallySubject.backend(orphan.backend()), Amounts.NONE.with(Measure.ORPHAN_BYTES, orphan.bytes()));
    }

    static void addExhausted(Long id, ExhaustedCleanup cleanup, BiConsumer<TallySubject, Amounts> add) {
        add.accept(TallySubject.backend(cleanup.backend()), Amounts.NONE.with(Measure.ORPHAN_BYTES, cleanup.bytes()));
    }

    static void addUpload(String uploadId, Upload upload, BiConsumer<TallySubject, Amounts> add) {
        if (upload.open() && upload.backend() != null) {
            add.accept(
                    TallySubject.backend(upload.backend()),
                    upload.partBytes().with(Measure.UNCERTAIN_ROWS, upload.uncertainParts()));
        }
    }
}
