package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Degradation;
import io.waltally.pipeline.fold.LastJudged;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Shift;
import io.waltally.pipeline.fold.TransactionEnd;
import io.waltally.pipeline.poison.PoisonedRows;
import io.waltally.pipeline.rows.Copies;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.state.Batches;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what the open transaction does to each object, and at its end leaves a judgement for each object that
 * somebody may have to be notified of. What a snapshot tells is no news, nor is a transaction that was judged before. Of
 * an object with a row in doubt nothing is said: a row that is missing would look as if it had been deleted.
 */
final class JudgeTransactions implements Processor<String, RowEvent<Copies>, String, Tiding> {
    private static final String JUDGE = "last-judged";

    private ProcessorContext<String, Tiding> context;
    private KeyValueStore<String, Copies> objects;
    private PoisonedRows<Copies> poisoned;
    private KeyValueStore<String, Touched> touched;
    private KeyValueStore<Judgement.Key, Judgement> held;
    private LastJudged lastJudged;

    @Override
    public void init(ProcessorContext<String, Tiding> context) {
        this.context = context;
        this.objects = context.getStateStore(ObjectStoreRows.OBJECTS_STORE);
        this.poisoned = PoisonedRows.in(context, ObjectStoreRows.POISONED_OBJECTS_STORE);
        this.touched = context.getStateStore(NotificationTopology.TOUCHED_STORE);
        this.held = context.getStateStore(NotificationTopology.HELD_STORE);
        this.lastJudged = LastJudged.in(context, NotificationTopology.POSITIONS_STORE, JUDGE);
    }

    @Override
    public void process(Record<String, RowEvent<Copies>> record) {
        if (record.value() instanceof Shift<Copies> shift) {
            if (!shift.snapshot() && lastJudged.isBefore(shift.position())) {
                touch(record.key(), shift);
            }
        } else if (record.value() instanceof Degradation<Copies> degradation) {
            doubt(record.key(), degradation);
        } else if (record.value() instanceof TransactionEnd<Copies> end
                && lastJudged.judge(end.position(), end.commit())) {
            judge(end, record.timestamp());
        }
    }

    private void touch(String objectKey, Shift<Copies> shift) {
        touched.put(objectKey, touched(objectKey, shift.before()).and(shift.before(), shift.after()));
    }

    private void doubt(String objectKey, Degradation<Copies> degradation) {
        boolean concerns = degradation.standalone() == null
                ? lastJudged.isBefore(degradation.position())
                : touched.get(objectKey) != null;
        if (concerns) {
            touched.put(objectKey, touched(objectKey, objects.get(objectKey)).inDoubt());
        }
    }

    private Touched touched(String objectKey, @Nullable Copies now) {
        return Objects.requireNonNullElseGet(touched.get(objectKey), () -> Touched.first(now));
    }

    private void judge(TransactionEnd<Copies> end, long timestamp) {
        Verdicts verdicts = new Verdicts(end.position(), end.commit());
        Batches.drain(touched, (objectKey, deeds) -> {
            if (!poisoned.contains(objectKey)) {
                deeds.verdict(objects.get(objectKey)).ifPresent(found -> verdicts.add(objectKey, found));
            }
        });
        verdicts.hold();
        if (verdicts.removed > 0) {
            Tiding tiding = new Tiding.ObjectsRemoved(context.taskId().partition(), end.position(), verdicts.removed);
            context.forward(new Record<>("", tiding, timestamp));
        }
    }

    /** Those of one transaction, which are held together, as many as make a record of moderate size. */
    private final class Verdicts {
        private static final int LARGEST_LENGTH = 32 << 10;

        private final Position position;
        private final Commit commit;
        private final List<Judgement.OfObject> together = new ArrayList<>();
        private int length;
        private long removed;

        Verdicts(Position position, Commit commit) {
            this.position = position;
            this.commit = commit;
        }

        void add(String objectKey, Verdict verdict) {
            together.add(new Judgement.OfObject(objectKey, verdict));
            length += objectKey.length();
            if (length >= LARGEST_LENGTH) {
                hold();
            }
            if (verdict.kind() == Verdict.Kind.REMOVED) {
                removed++;
            }
        }

        void hold() {
            if (!together.isEmpty()) {
                held.put(new Judgement.Key(position, together.get(0).objectKey()), new Judgement(commit, together));
                together.clear();
                length = 0;
            }
        }
    }
}
