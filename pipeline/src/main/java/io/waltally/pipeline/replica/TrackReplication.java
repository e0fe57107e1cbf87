package io.waltally.pipeline.replica;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.Timestamps;
import io.waltally.pipeline.row.TransactionEnd;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.pipeline.table.Copies;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.TallyDelta;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Changes of copies -> deltas of {@code UNDER_REPLICATED} and {@code OVER_REPLICATED} of their buckets.
 *
 * <p>The number of copies at the end of each transaction counts. An object is under-replicated from the commit of the
 * first transaction that leaves too few copies, for as long as every later one does, even if a transaction replaces all
 * copies, as an overwrite does. It is counted when that has lasted for the grace period, by a clock that never goes
 * back: the maximum of punctuation times and commit times. The transaction that ends the deviation removes it from the
 * count. Over-replication works alike. A deviation that a snapshot finds begins with the snapshot.
 *
 * <p>After a reset of the consumer group old changes are applied to newer state. States in between have no meaning, so
 * objects wait until the last processed transaction was read again, at most for the grace period. After the grace period earlier and later transactions cannot be distinguished: an object that deviates then has deviated since
 * before the wait.
 *
 * <p>If the replication factor has changed, all objects are compared again, a batch per punctuation. Those that deviate
 * only by the new factor begin to deviate now.
 */
final class TrackReplication implements Processor<String, RowEvent<Copies>, TallySubject, TallyDelta> {
    private static final String TRANSACTIONS = "replicas";
    private static final String TIME = "replica-deadlines";
    private static final String TRACKING = "watch";
    private static final String FIRST_OBJECT = "";

    /** Objects per punctuation: a fraction of a second. */
    private static final int OBJECTS_AT_A_TIME = 10_000;

    private final int factor;
    private final long graceMicros;
    private final Duration interval;

    private ProcessorContext<TallySubject, TallyDelta> context;
    private Cancellable punctuation;
    private KeyValueStore<String, Copies> objects;
    private KeyValueStore<String, ReplicationStatus> changed;
    private KeyValueStore<String, ReplicationTracking> tracking;
    private Deviations deviations;

    private long now;
    private Position lastTransaction;
    private long rereadingSince;
    private @Nullable String nextToCompare;

    /** Whether {@link #changed} may have entries. Avoids a search at the end of every transaction. */
    private boolean anyChanged = true;

    /** Whether a transaction is being read, as far as this task has seen since it started. */
    private boolean open;

    TrackReplication(Replication replication, Duration interval) {
        this.factor = replication.factor();
        this.graceMicros = TimeUnit.MILLISECONDS.toMicros(replication.grace().toMillis());
        this.interval = interval;
    }

    @Override
    public void init(ProcessorContext<TallySubject, TallyDelta> context) {
        this.context = context;
        this.objects = context.getStateStore(ObjectStoreRows.OBJECTS_STORE);
        this.changed = context.getStateStore(ReplicaTopology.CHANGED_STORE);
        this.tracking = context.getStateStore(ReplicaTopology.TRACKING_STORE);
        this.deviations = Deviations.in(context);
        resume(tracking.get(TRACKING));
        punctuation = context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::punctuate);
    }

    @Override
    public void close() {
        punctuation.cancel();
    }

    private void resume(@Nullable ReplicationTracking known) {
        if (known == null) {
            now = Long.MIN_VALUE;
            lastTransaction = Position.START;
            rereadingSince = Timestamps.NEVER;
            nextToCompare = hasObjects() ? FIRST_OBJECT : null;
        } else {
            now = known.clock();
            lastTransaction = known.lastTransaction();
            rereadingSince = known.rereadingSince();
            nextToCompare = known.factor() == factor ? known.nextToCompare() : FIRST_OBJECT;
        }
    }

    private boolean hasObjects() {
        try (KeyValueIterator<String, Copies> all = objects.all()) {
            return all.hasNext();
        }
    }

    @Override
    public void process(Record<String, RowEvent<Copies>> record) {
        if (record.value() instanceof RowChange<Copies> change && change.nonTransactional() != null) {
            compareNow(record.key(), change, record.timestamp());
        } else if (record.value() instanceof RowChange<Copies> change) {
            endRereadingBefore(change.position(), record.timestamp());
            track(record.key(), change);
        } else if (record.value() instanceof TransactionEnd<Copies> end) {
            endRereadingBefore(end.position(), record.timestamp());
            end(end, record.timestamp());
        }
    }

    /** A change out of a transaction counts at once: no end of a transaction follows it. */
    private void compareNow(String objectKey, RowChange<Copies> change, long timestamp) {
        ReplicationStatus status = ReplicationStatus.of(change.after(), factor);
        move(TIME, objectKey, deviations.classify(objectKey, status, now), timestamp);
        context.forward(new Record<>(null, new TallyDelta.End(TIME, null, null), timestamp));
    }

    /** Remembers the status of the object for the end of the transaction, unless it cannot have changed. */
    private void track(String objectKey, RowChange<Copies> change) {
        open = true;
        ReplicationStatus status = ReplicationStatus.of(change.after(), factor);
        if (status != ReplicationStatus.of(change.before(), factor) || nextToCompare != null) {
            changed.put(objectKey, status);
            anyChanged = true;
        }
    }

    private void end(TransactionEnd<Copies> end, long timestamp) {
        open = false;
        now = Math.max(now, end.commit().committedAt());
        if (end.position().isBefore(lastTransaction)) {
            if (!isRereading()) {
                rereadingSince = now;
                save();
            }
            return;
        }
        compareChanged(TRANSACTIONS, end.commit().committedAt(), end.commit(), timestamp);
        lastTransaction = end.position();
        rereadingSince = Timestamps.NEVER;
        save();
    }

    /** Objects that a new transaction changes must not mix with those that were read again before it. */
    private void endRereadingBefore(Position position, long timestamp) {
        if (isRereading() && lastTransaction.isBefore(position)) {
            compareChanged(TIME, rereadingSince, null, timestamp);
            rereadingSince = Timestamps.NEVER;
            save();
        }
    }

    private void compareChanged(String origin, long since, @Nullable Commit commit, long timestamp) {
        if (!anyChanged) {
            return;
        }
        Batches.drain(
                changed,
                (objectKey, then) ->
                        move(origin, objectKey, deviations.classify(objectKey, status(objectKey), since), timestamp));
        anyChanged = false;
        context.forward(new Record<>(null, new TallyDelta.End(origin, null, commit), timestamp));
    }

    /** As the row is now. The one that was noted may be by another factor, or older than a replayed record. */
    private ReplicationStatus status(String objectKey) {
        return ReplicationStatus.of(objects.get(objectKey), factor);
    }

    private void punctuate(long time) {
        now = Math.max(now, TimeUnit.MILLISECONDS.toMicros(time));
        long graceBegan = now - graceMicros;
        if (!open && rereadingSince <= graceBegan) {
            compareChanged(TIME, rereadingSince, null, time);
        }
        boolean anew = !open && nextToCompare != null && (!isRereading() || rereadingSince <= graceBegan);
        if (anew) {
            compareAgain(nextToCompare, time);
        }
        boolean counted = deviations.count(
                graceBegan, OBJECTS_AT_A_TIME, (objectKey, amounts) -> move(TIME, objectKey, amounts, time));
        if (anew || counted) {
            context.forward(new Record<>(null, new TallyDelta.End(TIME, null, null), time));
            save();
        }
    }

    private boolean isRereading() {
        return rereadingSince != Timestamps.NEVER;
    }

    private void compareAgain(String from, long time) {
        List<KeyValue<String, Copies>> part = Batches.next(() -> objects.range(from, null), OBJECTS_AT_A_TIME);
        for (KeyValue<String, Copies> object : part) {
            if (changed.get(object.key) == null) {
                ReplicationStatus status = ReplicationStatus.of(object.value, factor);
                move(TIME, object.key, deviations.classify(object.key, status, now), time);
            }
        }
        nextToCompare = part.size() < OBJECTS_AT_A_TIME ? null : part.get(part.size() - 1).key;
    }

    private void move(String origin, String objectKey, Amounts amounts, long timestamp) {
        if (!amounts.isZero()) {
            context.forward(
                    new Record<>(TallySubject.bucketOf(objectKey), new TallyDelta.Delta(origin, amounts), timestamp));
        }
    }

    private void save() {
        tracking.put(TRACKING, new ReplicationTracking(now, lastTransaction, rereadingSince, factor, nextToCompare));
    }
}
