package io.waltally.pipeline.fold;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Turns the shifts of rows into movements of tallies: the new state's contribution less the old one's. A row in doubt
 * counts as one in each tally that the state which stands in for it contributes to.
 */
public final class Contribute<I, S, T> extends ContextualProcessor<I, RowEvent<S>, T, Movement> {
    private static final Amounts ONE_POISONED = Amounts.NONE.with(Measure.POISONED_ROWS, 1);

    private final String origin;
    private final Contribution<I, S, T> contribution;

    public Contribute(String origin, Contribution<I, S, T> contribution) {
        this.origin = origin;
        this.contribution = contribution;
    }

    @Override
    public void process(Record<I, RowEvent<S>> record) {
        if (record.value() instanceof Shift<S> shift) {
            Map<T, Amounts> gone = amounts(record.key(), shift.before());
            Map<T, Amounts> added = amounts(record.key(), shift.after());
            move(record, difference(gone, added), shift.standalone());
        } else if (record.value() instanceof Degradation<S> degradation) {
            Map<T, Amounts> gone = amounts(record.key(), degradation.before());
            Map<T, Amounts> added = amounts(record.key(), degradation.after());
            gone.replaceAll((subject, amounts) -> ONE_POISONED);
            added.replaceAll((subject, amounts) -> ONE_POISONED);
            move(record, difference(gone, added), degradation.standalone());
        } else if (record.value() instanceof TransactionEnd<S> end) {
            context()
                    .forward(
                            record.withKey((T) null).withValue(new Movement.End(origin, end.position(), end.commit())));
        }
    }

    private Map<T, Amounts> amounts(I identity, @Nullable S state) {
        Map<T, Amounts> amounts = new LinkedHashMap<>();
        if (state != null) {
            contribution.of(identity, state, (subject, added) -> amounts.merge(subject, added, Amounts::plus));
        }
        return amounts;
    }

    private static <T> Map<T, Amounts> difference(Map<T, Amounts> gone, Map<T, Amounts> added) {
        Map<T, Amounts> deltas = new LinkedHashMap<>();
        gone.forEach((subject, amounts) -> deltas.put(subject, Amounts.NONE.minus(amounts)));
        added.forEach((subject, amounts) -> deltas.merge(subject, amounts, Amounts::plus));
        return deltas;
    }

    private void move(Record<I, ?> record, Map<T, Amounts> deltas, @Nullable Standalone standalone) {
        String moving = Movement.origin(origin, standalone);
        deltas.forEach((subject, amounts) -> {
            if (!amounts.isZero()) {
                context().forward(record.withKey(subject).withValue(new Movement.Delta(moving, amounts)));
            }
        });
        if (standalone != null) {
            context().forward(record.withKey((T) null).withValue(new Movement.End(moving, null, standalone.commit())));
        }
    }
}
