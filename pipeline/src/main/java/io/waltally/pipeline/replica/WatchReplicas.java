package io.waltally.pipeline.replica;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Shift;
import io.waltally.pipeline.fold.Timestamps;
import io.waltally.pipeline.fold.TransactionEnd;
import io.waltally.pipeline.rows.Copies;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.storage.Subject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Shifts of objects' copies -> movements of {@code UNDER_REPLICATED} and {@code OVER_REPLICATED} of their buckets.
 *
 * <p>What counts is the number of copies at the ends of transactions. An object is under-replicated since the commit of
 * the first transaction after which it had too few copies, through all later ones after which it had too few: also if
 * one of them replaced all of its copies, as an overwrite does, or if their number changed. It is counted once that has
 * lasted for the grace period, by a clock that only goes forward: the later of the time of punctuations and that of
 * commits. It is taken back with the transaction that gives it enough copies, too many, or none at all. The same holds
 * of too many copies. What a snapshot finds is so since the snapshot.
 *
 * <p>Transactions that are read again lead through states that may never have been, and back to where they began. So
 * objects wait for their judgement until the last transaction that was judged has been read again: then they are as they
 * were, and since when they are. They wait for the grace period at most. After that, the later is not told from the
 * earlier: whatever deviates again has done so since before the wait.
 *
 * <p>If the replication factor is another one than before, all objects are judged anew, a part at each punctuation. Those
 * that deviate only now begin to.
 */
final class WatchReplicas implements Processor<String, RowEvent<Copies>, Subject, Movement> {
    private static final String TRANSACTIONS = "replicas";
    private static final String TIME = "replica-deadlines";
    private static final String WATCH = "watch";
    private static final String FIRST_OBJECT = "";

    /** Of what is due, or is to be judged anew: a fraction of a second. */
    private static final int OBJECTS_AT_A_TIME = 10_000;

    private final int factor;
    private final long graceMicros;
    private final Duration interval;

    private ProcessorContext<Subject, Movement> context;
    private KeyValueStore<String, Copies> objects;
    private KeyValueStore<String, ReplicationStatus> touched;
    private KeyValueStore<String, Watch> watch;
    private Deviations deviations;

    private long now;
    private Position judged;
    private long rereadingSince;
    private @Nullable String unjudged;

    /** Whether {@link #touched} may hold something: it need not be searched at the end of every transaction. */
    private boolean anyTouched = true;

    /** Whether a transaction is being read, as far as is known since the task is here. */
    private boolean open;

    WatchReplicas(Replication replication, Duration interval) {
        this.factor = replication.factor();
        this.graceMicros = TimeUnit.MILLISECONDS.toMicros(replication.grace().toMillis());
        this.interval = interval;
    }

    @Override
    public void init(ProcessorContext<Subject, Movement> context) {
        this.context = context;
        this.objects = context.getStateStore(ObjectStoreRows.OBJECTS_STORE);
        this.touched = context.getStateStore(ReplicaTopology.TOUCHED_STORE);
        this.watch = context.getStateStore(ReplicaTopology.WATCH_STORE);
        this.deviations = Deviations.in(context);
        resume(watch.get(WATCH));
        context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::punctuate);
    }

    private void resume(@Nullable Watch known) {
        if (known == null) {
            now = Long.MIN_VALUE;
            judged = Position.START;
            rereadingSince = Timestamps.NEVER;
            unjudged = hasObjects() ? FIRST_OBJECT : null;
        } else {
            now = known.clock();
            judged = known.judged();
            rereadingSince = known.rereadingSince();
            unjudged = known.factor() == factor ? known.unjudged() : FIRST_OBJECT;
        }
    }

    private boolean hasObjects() {
        try (KeyValueIterator<String, Copies> all = objects.all()) {
            return all.hasNext();
        }
    }

    @Override
    public void process(Record<String, RowEvent<Copies>> record) {
        if (record.value() instanceof Shift<Copies> shift && shift.standalone() != null) {
            judgeNow(record.key(), shift, record.timestamp());
        } else if (record.value() instanceof Shift<Copies> shift) {
            endRereadingBefore(shift.position(), record.timestamp());
            touch(record.key(), shift);
        } else if (record.value() instanceof TransactionEnd<Copies> end) {
            endRereadingBefore(end.position(), record.timestamp());
            end(end, record.timestamp());
        }
    }

    /** What stands alone is in no transaction whose end it could wait for. */
    private void judgeNow(String objectKey, Shift<Copies> shift, long timestamp) {
        ReplicationStatus status = ReplicationStatus.of(shift.after(), factor);
        move(TIME, objectKey, deviations.judge(objectKey, status, now), timestamp);
        context.forward(new Record<>(null, new Movement.End(TIME, null, null), timestamp));
    }

    /** Of an object's status before its shift it is known already if it is the same. */
    private void touch(String objectKey, Shift<Copies> shift) {
        open = true;
        ReplicationStatus status = ReplicationStatus.of(shift.after(), factor);
        if (status != ReplicationStatus.of(shift.before(), factor) || unjudged != null) {
            touched.put(objectKey, status);
            anyTouched = true;
        }
    }

    private void end(TransactionEnd<Copies> end, long timestamp) {
        open = false;
        now = Math.max(now, end.commit().committedAt());
        if (end.position().isBefore(judged)) {
            if (!isRereading()) {
                rereadingSince = now;
                save();
            }
            return;
        }
        judgeTouched(TRANSACTIONS, end.commit().committedAt(), end.commit(), timestamp);
        judged = end.position();
        rereadingSince = Timestamps.NEVER;
        save();
    }

    /** What a new transaction touches must not be mixed with what was read again before it. */
    private void endRereadingBefore(Position position, long timestamp) {
        if (isRereading() && judged.isBefore(position)) {
            judgeTouched(TIME, rereadingSince, null, timestamp);
            rereadingSince = Timestamps.NEVER;
            save();
        }
    }

    private void judgeTouched(String origin, long since, @Nullable Commit commit, long timestamp) {
        if (!anyTouched) {
            return;
        }
        Batches.drain(
                touched,
                (objectKey, status) -> move(origin, objectKey, deviations.judge(objectKey, status, since), timestamp));
        anyTouched = false;
        context.forward(new Record<>(null, new Movement.End(origin, null, commit), timestamp));
    }

    private void punctuate(long time) {
        now = Math.max(now, TimeUnit.MILLISECONDS.toMicros(time));
        long graceBegan = now - graceMicros;
        if (!open && rereadingSince <= graceBegan) {
            judgeTouched(TIME, rereadingSince, null, time);
        }
        boolean anew = !open && unjudged != null && (!isRereading() || rereadingSince <= graceBegan);
        if (anew) {
            judgeAnew(unjudged, time);
        }
        boolean counted = deviations.count(
                graceBegan, OBJECTS_AT_A_TIME, (objectKey, amounts) -> move(TIME, objectKey, amounts, time));
        if (anew || counted) {
            context.forward(new Record<>(null, new Movement.End(TIME, null, null), time));
            save();
        }
    }

    private boolean isRereading() {
        return rereadingSince != Timestamps.NEVER;
    }

    private void judgeAnew(String from, long time) {
        List<KeyValue<String, Copies>> part = Batches.next(() -> objects.range(from, null), OBJECTS_AT_A_TIME);
        for (KeyValue<String, Copies> object : part) {
            if (touched.get(object.key) == null) {
                ReplicationStatus status = ReplicationStatus.of(object.value, factor);
                move(TIME, object.key, deviations.judge(object.key, status, now), time);
            }
        }
        unjudged = part.size() < OBJECTS_AT_A_TIME ? null : part.get(part.size() - 1).key;
    }

    private void move(String origin, String objectKey, Amounts amounts, long timestamp) {
        if (!amounts.isZero()) {
            context.forward(new Record<>(Subject.bucketOf(objectKey), new Movement.Delta(origin, amounts), timestamp));
        }
    }

    private void save() {
        watch.put(WATCH, new Watch(now, judged, rereadingSince, factor, unjudged));
    }
}
