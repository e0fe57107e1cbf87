package io.waltally.pipeline.tally;

import io.waltally.pipeline.row.Degradation;
import io.waltally.pipeline.row.NonTransactionalEvent;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.TransactionEnd;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Turns row changes into tally deltas: the contribution of the new state minus that of the old one. An uncertain row
 * counts as one in each tally that its stand-in contributes to.
 */
public final class ToTallyDeltas<I, S, T> extends ContextualProcessor<I, RowEvent<S>, T, TallyDelta> {
    private static final Amounts ONE_UNCERTAIN = Amounts.NONE.with(Measure.UNCERTAIN_ROWS, 1);

    private final String origin;
    private final Contribution<I, S, T> contribution;

    public ToTallyDeltas(String origin, Contribution<I, S, T> contribution) {
        this.origin = origin;
        this.contribution = contribution;
    }

    @Override
    public void process(Record<I, RowEvent<S>> record) {
        if (record.value() instanceof RowChange<S> change) {
            Map<T, Amounts> gone = amounts(record.key(), change.before());
            Map<T, Amounts> added = amounts(record.key(), change.after());
            move(record, difference(gone, added), change.nonTransactional());
        } else if (record.value() instanceof Degradation<S> degradation) {
            Map<T, Amounts> gone = amounts(record.key(), degradation.before());
            Map<T, Amounts> added = amounts(record.key(), degradation.after());
            gone.replaceAll((subject, amounts) -> ONE_UNCERTAIN);
            added.replaceAll((subject, amounts) -> ONE_UNCERTAIN);
            move(record, difference(gone, added), degradation.nonTransactional());
        } else if (record.value() instanceof TransactionEnd<S> end) {
            context()
                    .forward(record.withKey((T) null)
                            .withValue(new TallyDelta.End(origin, end.position(), end.commit())));
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

    private void move(Record<I, ?> record, Map<T, Amounts> deltas, @Nullable NonTransactionalEvent nonTransactional) {
        String moving = TallyDelta.origin(origin, nonTransactional);
        deltas.forEach((subject, amounts) -> {
            if (!amounts.isZero()) {
                context().forward(record.withKey(subject).withValue(new TallyDelta.Delta(moving, amounts)));
            }
        });
        if (nonTransactional != null) {
            context()
                    .forward(record.withKey((T) null)
                            .withValue(new TallyDelta.End(moving, null, nonTransactional.commit())));
        }
    }
}
