package io.waltally.pipeline.table;

import io.waltally.pipeline.row.ReplayResult;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterKey;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Selects the results of replays among the row events. */
final class SelectReplayResults<I, S> extends ContextualProcessor<I, RowEvent<S>, DeadLetterKey, DeadLetterEvent> {
    @Override
    public void process(Record<I, RowEvent<S>> record) {
        if (record.value() instanceof ReplayResult<S> result) {
            DeadLetterEvent event = result.event();
            context().forward(new Record<>(result.letter(), event, event.getAt().toEpochMilli()));
        }
    }
}
