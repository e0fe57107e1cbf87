package io.waltally.pipeline.rows;

import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.SetAside;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** The records that a fold set aside, with their own headers. */
final class SelectDeadLetters<I, S> extends ContextualProcessor<I, RowEvent<S>, byte[], byte[]> {
    @Override
    public void process(Record<I, RowEvent<S>> record) {
        if (record.value() instanceof SetAside<S> setAside) {
            context().forward(setAside.letter());
        }
    }
}
