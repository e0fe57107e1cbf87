package io.waltally.pipeline.fold;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Turns the shifts of rows into movements of tallies: the new state's contribution less the old one's. */
public final class Contribute<I, S, T> extends ContextualProcessor<I, RowEvent<S>, T, Movement> {
    private final String origin;
    private final Contribution<I, S, T> contribution;

    public Contribute(String origin, Contribution<I, S, T> contribution) {
        this.origin = origin;
        this.contribution = contribution;
    }

    @Override
    public void process(Record<I, RowEvent<S>> record) {
        if (record.value() instanceof Shift<S> shift) {
            move(record, shift);
        } else if (record.value() instanceof TransactionEnd<S> end) {
            context().forward(record.withKey((T) null).withValue(new Movement.End(origin, end.commit())));
        }
    }

    private void move(Record<I, RowEvent<S>> record, Shift<S> shift) {
        Map<T, Amounts> deltas = new LinkedHashMap<>();
        if (shift.before() != null) {
            contribution.of(
                    record.key(),
                    shift.before(),
                    (subject, amounts) -> deltas.merge(subject, Amounts.NONE.minus(amounts), Amounts::plus));
        }
        if (shift.after() != null) {
            contribution.of(
                    record.key(), shift.after(), (subject, amounts) -> deltas.merge(subject, amounts, Amounts::plus));
        }
        deltas.forEach((subject, amounts) -> {
            if (!amounts.isZero()) {
                context().forward(record.withKey(subject).withValue(new Movement.Delta(origin, amounts)));
            }
        });
    }
}
