package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.Batches;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.pipeline.table.Upload;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Sends the position up to which this partition was read to every partition, and discards the state that is no longer
 * needed then.
 *
 * <p>With p partitions this costs p² small records per interval in which the source advances.
 */
final class EmitProgress implements Processor<String, Position, String, CrossPartitionEvent> {
    private ProcessorContext<String, CrossPartitionEvent> context;
    private KeyValueStore<PendingNotifications.Key, byte[]> closedUploads;
    private KeyValueStore<String, Upload> uploads;

    @Override
    public void init(ProcessorContext<String, CrossPartitionEvent> context) {
        this.context = context;
        this.closedUploads = context.getStateStore(ObjectNotificationTopology.CLOSED_UPLOADS_STORE);
        this.uploads = context.getStateStore(ObjectStoreRows.UPLOADS_STORE);
    }

    @Override
    public void process(Record<String, Position> record) {
        Position position = record.value();
        context.forward(record.withValue(
                new CrossPartitionEvent.Progress(context.taskId().partition(), position)));
        forgetUploads(position);
    }

    /** No row of an upload that closed before the position can follow. */
    private void forgetUploads(Position position) {
        Batches.drain(closedUploads, null, PendingNotifications.Key.startOf(position), (closed, present) -> {
            Upload upload = uploads.get(closed.name());
            if (upload != null && upload.isGone()) {
                uploads.delete(closed.name());
            }
        });
    }
}
