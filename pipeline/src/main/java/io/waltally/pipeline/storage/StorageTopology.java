package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Contribute;
import io.waltally.pipeline.fold.Contribution;
import io.waltally.pipeline.fold.Measure;
import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Settlement;
import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.rows.Copies;
import io.waltally.pipeline.rows.Copy;
import io.waltally.pipeline.rows.ExhaustedCleanup;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.rows.Orphan;
import io.waltally.pipeline.rows.Upload;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.state.StateStores;
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
 * Rows of s3-orchestrator -> what each backend and each bucket stores.
 *
 * <p>Each partition of the source settles its own subtotals at the end of each transaction. The sum over partitions is
 * exact once the subtotals of all of them have arrived, and until then no further off than the transactions in between.
 */
public final class StorageTopology {
    static final Settlement.Definition<Subject> SUBTOTALS =
            new Settlement.Definition<>("open-storage", "storage-subtotals", Subject.SERDE);
    static final String UNTOLD_STORE = "untold-subtotals";
    static final String BY_PARTITION_STORE = "subtotals-by-partition";
    static final String BACKENDS_BY_TABLE_STORE = "backends-by-table";
    static final String TOLD_POSITIONS_STORE = "told-backend-positions";
    static final String HELD_STORE = "held-backends";
    static final String FOLLOWED_PARTS_STORE = "followed-backends-by-table";
    static final String FOLLOWED_SUMS_STORE = "followed-backends";
    static final String FOLLOWED_POSITION_STORE = "followed-position";
    private static final String PROGRESS_STORE = "storage-progress";
    private static final String FOLLOWED_PROGRESS_STORE = "followed-progress";

    private static final BinarySerde<Commit> COMMITS =
            BinarySerde.ofValue((commit, output) -> commit.writeTo(output), Commit::readFrom);

    private final int partitions;
    private final Duration interval;

    /**
     * @param partitions of the repartition topic
     * @param interval at which a partition tells subtotals that changed
     */
    public StorageTopology(int partitions, Duration interval) {
        this.partitions = partitions;
        this.interval = interval;
    }

    /**
     * @param replicas what else moves the tallies of buckets
     * @param complete up to where each partition of the source has been read
     */
    public Storage addTo(
            StreamsBuilder builder,
            ObjectStoreRows rows,
            KStream<Subject, Movement> replicas,
            KStream<String, Position> complete) {
        PartitionProgress.Definition progress = new PartitionProgress.Definition(PROGRESS_STORE, partitions);
        progress.addTo(builder);
        SUBTOTALS.addInMemory(builder);
        builder.addStateStore(StateStores.inMemory(UNTOLD_STORE, Subject.SERDE, COMMITS));
        builder.addStateStore(StateStores.inMemory(BY_PARTITION_STORE, SumSubtotals.Origin.SERDE, Told.Subtotal.SERDE));
        builder.addStateStore(StateStores.inMemory(BACKENDS_BY_TABLE_STORE, Part.SERDE, Amounts.SERDE));
        builder.addStateStore(StateStores.inMemory(TOLD_POSITIONS_STORE, Serdes.String(), Position.SERDE));
        KStream<Subject, Told> told = contribute(rows.objects(), "objects", StorageTopology::addCopies)
                .merge(contribute(rows.limits(), "limits", StorageTopology::addLimit), Named.as("merge-limits"))
                .merge(
                        contribute(rows.queued(), "queued-cleanups", StorageTopology::addOrphan),
                        Named.as("merge-queued-cleanups"))
                .merge(
                        contribute(rows.deadLetters(), "exhausted-cleanups", StorageTopology::addExhausted),
                        Named.as("merge-exhausted-cleanups"))
                .merge(contribute(rows.uploads(), "uploads", StorageTopology::addUpload), Named.as("merge-uploads"))
                .merge(contribute(rows.parts(), "parts", StorageTopology::addUpload), Named.as("merge-parts"))
                .merge(replicas, Named.as("merge-replicas"))
                .merge(
                        complete.map(
                                (key, position) -> KeyValue.pair(Subject.backend(""), new Movement.Complete(position)),
                                Named.as("complete-storage")),
                        Named.as("merge-complete-storage"))
                .process(
                        () -> new SettleSubtotals(interval),
                        Named.as("settle-subtotals"),
                        SUBTOTALS.openStore(),
                        SUBTOTALS.talliesStore(),
                        UNTOLD_STORE,
                        BACKENDS_BY_TABLE_STORE,
                        TOLD_POSITIONS_STORE)
                // Re-keyed because rows lie by object, upload or id, and a backend or bucket has rows in every
                // partition.
                .repartition(Repartitioned.with(Subject.SERDE, Told.SERDE)
                        .withNumberOfPartitions(partitions)
                        .withStreamPartitioner(new ToldPartitioner())
                        .withName("storage-subtotals"));
        KStream<Subject, StorageEvent> sums = told.process(
                () -> new SumSubtotals(progress), Named.as("sum-subtotals"), BY_PARTITION_STORE, progress.store());
        return new Storage(
                sums.flatMapValues(
                        event -> event instanceof StorageChange change ? List.of(change) : List.of(),
                        Named.as("select-storage-changes")),
                sums.flatMapValues(
                        event -> event instanceof StorageEvent.Complete end ? List.of(end.position()) : List.of(),
                        Named.as("select-storage-complete")),
                follow(builder, told));
    }

    private KStream<Subject, StorageChange> follow(StreamsBuilder builder, KStream<Subject, Told> told) {
        PartitionProgress.Definition progress = new PartitionProgress.Definition(FOLLOWED_PROGRESS_STORE, partitions);
        progress.addTo(builder);
        builder.addStateStore(StateStores.onDisk(HELD_STORE, FollowTransactions.Place.SERDE, Told.Settled.SERDE));
        builder.addStateStore(StateStores.inMemory(FOLLOWED_PARTS_STORE, Part.SERDE, Amounts.SERDE));
        builder.addStateStore(StateStores.inMemory(FOLLOWED_SUMS_STORE, Subject.SERDE, Amounts.SERDE));
        builder.addStateStore(StateStores.inMemory(FOLLOWED_POSITION_STORE, Serdes.String(), Position.SERDE));
        return told.process(
                () -> new FollowTransactions(progress),
                Named.as("follow-transactions"),
                HELD_STORE,
                FOLLOWED_PARTS_STORE,
                FOLLOWED_SUMS_STORE,
                FOLLOWED_POSITION_STORE,
                progress.store());
    }

    /**
     * What comes out of it.
     *
     * @param changes of what is known so far
     * @param complete positions up to which the changes so far hold everything
     * @param transactions what each transaction changed of a backend, in commit order, wherever its rows lie
     */
    public record Storage(
            KStream<Subject, StorageChange> changes,
            KStream<Subject, Position> complete,
            KStream<Subject, StorageChange> transactions) {}

    private static <I, S> KStream<Subject, Movement> contribute(
            KStream<I, RowEvent<S>> rows, String noun, Contribution<I, S, Subject> contribution) {
        return rows.process(() -> new Contribute<>(noun, contribution), Named.as("add-storage-of-" + noun));
    }

    static void addCopies(String objectKey, Copies copies, BiConsumer<Subject, Amounts> add) {
        long stored = 0;
        for (Copy copy : copies.all()) {
            stored += copy.storedBytes();
            add.accept(
                    Subject.backend(copy.backend()),
                    Amounts.NONE.with(Measure.STORED_BYTES, copy.storedBytes()).with(Measure.COPIES, 1));
        }
        add.accept(
                Subject.bucketOf(objectKey),
                Amounts.NONE
                        .with(Measure.STORED_BYTES, stored)
                        .with(Measure.COPIES, copies.all().size())
                        .with(Measure.LOGICAL_BYTES, copies.first().logicalBytes())
                        .with(Measure.OBJECTS, 1));
    }

    static void addLimit(String backend, Amounts limit, BiConsumer<Subject, Amounts> add) {
        add.accept(Subject.backend(backend), limit);
    }

    static void addOrphan(Long id, Orphan orphan, BiConsumer<Subject, Amounts> add) {
        add.accept(Subject.backend(orphan.backend()), Amounts.NONE.with(Measure.ORPHAN_BYTES, orphan.bytes()));
    }

    static void addExhausted(Long id, ExhaustedCleanup cleanup, BiConsumer<Subject, Amounts> add) {
        add.accept(Subject.backend(cleanup.backend()), Amounts.NONE.with(Measure.ORPHAN_BYTES, cleanup.bytes()));
    }

    static void addUpload(String uploadId, Upload upload, BiConsumer<Subject, Amounts> add) {
        if (upload.open() && upload.backend() != null) {
            add.accept(
                    Subject.backend(upload.backend()),
                    upload.partBytes().with(Measure.POISONED_ROWS, upload.poisonedParts()));
        }
    }
}
