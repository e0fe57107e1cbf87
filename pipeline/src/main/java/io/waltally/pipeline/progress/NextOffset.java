package io.waltally.pipeline.progress;

import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.SetAside;
import io.waltally.pipeline.fold.TransactionEnd;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** The topic, and the offset behind the record, of each record that nothing of its transaction waits behind. */
final class NextOffset extends ContextualProcessor<Object, RowEvent<?>, String, Long> {
    @Override
    public void process(Record<Object, RowEvent<?>> record) {
        if (record.value() instanceof TransactionEnd || record.value() instanceof SetAside) {
            RecordMetadata metadata = context().recordMetadata().orElseThrow();
            context().forward(record.withKey(metadata.topic()).withValue(metadata.offset() + 1));
        }
    }
}
