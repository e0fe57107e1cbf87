package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Shift;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Tells the partition of an object when an intent to write it is deleted: in the transaction that writes it. */
final class TellIntents extends ContextualProcessor<String, RowEvent<String>, String, Tiding> {
    @Override
    public void process(Record<String, RowEvent<String>> record) {
        if (record.value() instanceof Shift<String> shift && shift.before() != null && shift.after() == null) {
            String objectKey = shift.before();
            context()
                    .forward(
                            record.withKey(objectKey).withValue(new Tiding.IntentDeleted(objectKey, shift.position())));
        }
    }
}
