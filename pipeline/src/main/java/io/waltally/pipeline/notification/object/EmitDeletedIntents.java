package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** Sends the deletion of an intent to the partition of its object, as part of the transaction that deleted it. */
final class EmitDeletedIntents extends ContextualProcessor<String, RowEvent<String>, String, CrossPartitionEvent> {
    @Override
    public void process(Record<String, RowEvent<String>> record) {
        if (record.value() instanceof RowChange<String> change && change.before() != null && change.after() == null) {
            String objectKey = change.before();
            context()
                    .forward(record.withKey(objectKey)
                            .withValue(new CrossPartitionEvent.IntentDeleted(objectKey, change.position())));
        }
    }
}
