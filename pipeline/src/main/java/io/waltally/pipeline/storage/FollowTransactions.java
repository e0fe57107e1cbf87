package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.progress.PartitionProgress;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.state.BinarySerde;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Holds what each transaction left of a backend in each table and partition, until every partition has told all of the
 * transactions up to there; then forwards how the backend's sum moved, one transaction after the other in commit order.
 * So what is forwarded is a function of what was committed alone: no sum is seen that holds a part of a transaction.
 *
 * <p>What is told of transactions that were followed already only corrects the sum.
 */
final class FollowTransactions implements Processor<Subject, Told, Subject, StorageChange> {
    private static final String FOLLOWED = "followed";

    private final PartitionProgress.Definition partitions;

    private ProcessorContext<Subject, StorageChange> context;
    private KeyValueStore<Place, Told.Settled> held;
    private KeyValueStore<Part, Amounts> parts;
    private KeyValueStore<Subject, Amounts> sums;
    private KeyValueStore<String, Position> positions;
    private PartitionProgress progress;

    /** @param partitions that have to tell */
    FollowTransactions(PartitionProgress.Definition partitions) {
        this.partitions = partitions;
    }

    @Override
    public void init(ProcessorContext<Subject, StorageChange> context) {
        this.context = context;
        this.held = context.getStateStore(StorageTopology.HELD_STORE);
        this.parts = context.getStateStore(StorageTopology.FOLLOWED_PARTS_STORE);
        this.sums = context.getStateStore(StorageTopology.FOLLOWED_SUMS_STORE);
        this.positions = context.getStateStore(StorageTopology.FOLLOWED_POSITION_STORE);
        this.progress = partitions.in(context);
    }

    @Override
    public void process(Record<Subject, Told> record) {
        if (record.value() instanceof Told.Settled settled) {
            Part part = new Part(record.key(), settled.table(), settled.partition());
            if (settled.position().isBefore(followed())) {
                move(part, settled.amounts());
            } else {
                held.put(new Place(settled.position(), part), settled);
            }
        } else if (record.value() instanceof Told.Complete complete) {
            progress.told(complete.partition(), complete.position())
                    .ifPresent(position -> follow(position, record.timestamp()));
        }
    }

    private Position followed() {
        return Objects.requireNonNullElse(positions.get(FOLLOWED), Position.START);
    }

    private void follow(Position complete, long timestamp) {
        Position followed = followed();
        if (!followed.isBefore(complete)) {
            return;
        }
        Transaction transaction = new Transaction(timestamp);
        // From there on, since before it lie the tombstones of what was followed already.
        Batches.drain(() -> held.range(Place.startOf(followed), Place.startOf(complete)), (place, settled) -> {
            held.delete(place);
            transaction.add(place, settled);
        });
        transaction.finish();
        positions.put(FOLLOWED, complete);
    }

    private Amounts sum(Subject subject) {
        return Objects.requireNonNullElse(sums.get(subject), Amounts.NONE);
    }

    private void move(Part part, Amounts amounts) {
        Amounts known = Objects.requireNonNullElse(parts.get(part), Amounts.NONE);
        parts.put(part, amounts.isZero() ? null : amounts);
        Amounts sum = sum(part.subject()).plus(amounts).minus(known);
        sums.put(part.subject(), sum.isZero() ? null : sum);
    }

    /** What one transaction moves of one subject, part by part. */
    private final class Transaction {
        private final long timestamp;
        private @Nullable Place first;
        private @Nullable Commit commit;
        private Amounts before = Amounts.NONE;

        Transaction(long timestamp) {
            this.timestamp = timestamp;
        }

        void add(Place place, Told.Settled settled) {
            if (first == null || !place.isOfSame(first)) {
                finish();
                first = place;
                commit = settled.commit();
                before = sum(place.part().subject());
            }
            move(place.part(), settled.amounts());
        }

        void finish() {
            if (first != null && commit != null) {
                Subject subject = first.part().subject();
                Amounts after = sum(subject);
                if (!after.equals(before)) {
                    context.forward(new Record<>(subject, new StorageChange(before, after, commit), timestamp));
                }
            }
        }
    }

    /** Key of what is held: parts of one subject in one transaction lie side by side. */
    record Place(Position position, Part part) {
        static final BinarySerde<Place> SERDE = BinarySerde.ofKey(
                (place, output) -> Part.SERDE.writeTo(place.part, place.position.writeTo(output)),
                input -> new Place(Position.readFrom(input), Part.SERDE.readFrom(input)));

        /** Before everything that transactions at or after the position left. */
        static Place startOf(Position position) {
            return new Place(position, new Part(Subject.backend(""), "", Integer.MIN_VALUE));
        }

        boolean isOfSame(Place other) {
            return position.equals(other.position) && part.subject().equals(other.part.subject());
        }
    }
}
