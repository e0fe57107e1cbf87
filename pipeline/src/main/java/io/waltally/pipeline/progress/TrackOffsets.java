package io.waltally.pipeline.progress;

import io.waltally.pipeline.row.DeadLetter;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.TransactionEnd;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Emits the topic and next offset of each record that ends a transaction, or that became a dead letter. */
final class TrackOffsets extends ContextualProcessor<Object, RowEvent<?>, String, Long> {
    @Override
    public void process(Record<Object, RowEvent<?>> record) {
        if (record.value() instanceof TransactionEnd || record.value() instanceof DeadLetter) {
            RecordMetadata metadata = context().recordMetadata().orElseThrow();
            context().forward(record.withKey(metadata.topic()).withValue(metadata.offset() + 1));
        }
    }
}
