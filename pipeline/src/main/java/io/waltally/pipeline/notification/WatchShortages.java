package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Degradation;
import io.waltally.pipeline.fold.LastJudged;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Shift;
import io.waltally.pipeline.fold.TransactionEnd;
import io.waltally.pipeline.poison.PoisonedRows;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.rows.Copies;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.state.Batches;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Judges at the end of each transaction which objects it left with fewer copies than they should have. A shortage that a
 * snapshot shows is no news; one that a snapshot or doubt about the object's rows takes away is not told any more.
 */
final class WatchShortages implements Processor<String, RowEvent<Copies>, Void, Void> {
    private static final String JUDGE = "shortages";
    private static final byte[] PRESENT = {};

    private final Replication replication;

    private KeyValueStore<String, Copies> objects;
    private PoisonedRows<Copies> poisoned;
    private KeyValueStore<String, byte[]> touched;
    private Shortages shortages;
    private LastJudged lastJudged;

    WatchShortages(Replication replication) {
        this.replication = replication;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        this.objects = context.getStateStore(ObjectStoreRows.OBJECTS_STORE);
        this.poisoned = PoisonedRows.in(context, ObjectStoreRows.POISONED_OBJECTS_STORE);
        this.touched = context.getStateStore(NotificationTopology.TOUCHED_SHORTAGES_STORE);
        this.shortages = Shortages.in(context, replication);
        this.lastJudged = LastJudged.in(context, NotificationTopology.POSITIONS_STORE, JUDGE);
    }

    @Override
    public void process(Record<String, RowEvent<Copies>> record) {
        if (record.value() instanceof Shift<Copies> shift) {
            if (lastJudged.isBefore(shift.position())) {
                see(record.key(), shift);
            }
        } else if (record.value() instanceof Degradation<Copies> degradation) {
            if (degradation.standalone() != null || lastJudged.isBefore(degradation.position())) {
                shortages.forget(record.key());
            }
        } else if (record.value() instanceof TransactionEnd<Copies> end
                && lastJudged.judge(end.position(), end.commit())) {
            judge(end);
        }
    }

    /** Most shifts change nothing about it; with one copy of each object none does. */
    private void see(String objectKey, Shift<Copies> shift) {
        if (!shift.snapshot() && isShort(shift.before()) != isShort(shift.after())) {
            touched.put(objectKey, PRESENT);
        } else if (shift.snapshot() && !isShort(shift.after())) {
            shortages.forget(objectKey);
        }
    }

    private boolean isShort(@Nullable Copies copies) {
        return copies != null && copies.all().size() < replication.factor();
    }

    private void judge(TransactionEnd<Copies> end) {
        Batches.drain(touched, (objectKey, present) -> {
            if (!poisoned.contains(objectKey)) {
                Copies copies = objects.get(objectKey);
                shortages.judge(objectKey, copies == null ? 0 : copies.all().size(), end.position(), end.commit());
            }
        });
    }
}
