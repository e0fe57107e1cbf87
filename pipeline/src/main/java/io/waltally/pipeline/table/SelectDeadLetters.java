package io.waltally.pipeline.table;

import io.waltally.pipeline.row.DeadLetter;
import io.waltally.pipeline.row.RowEvent;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Selects the dead letters among the row events, with their own headers. */
final class SelectDeadLetters<I, S> extends ContextualProcessor<I, RowEvent<S>, byte[], byte[]> {
    @Override
    public void process(Record<I, RowEvent<S>> record) {
        if (record.value() instanceof DeadLetter<S> deadLetter) {
            context().forward(deadLetter.letter());
        }
    }
}
