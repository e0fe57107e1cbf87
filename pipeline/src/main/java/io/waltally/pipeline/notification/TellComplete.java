package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.rows.Upload;
import io.waltally.pipeline.state.Batches;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Tells every partition up to where this one has read its source, and forgets what was kept until then.
 *
 * <p>With p partitions this costs p² small records at each interval in which the source moves on.
 */
final class TellComplete implements Processor<String, Position, String, Tiding> {
    private ProcessorContext<String, Tiding> context;
    private KeyValueStore<Judgement.Key, byte[]> closedUploads;
    private KeyValueStore<String, Upload> uploads;

    @Override
    public void init(ProcessorContext<String, Tiding> context) {
        this.context = context;
        this.closedUploads = context.getStateStore(NotificationTopology.CLOSED_UPLOADS_STORE);
        this.uploads = context.getStateStore(ObjectStoreRows.UPLOADS_STORE);
    }

    @Override
    public void process(Record<String, Position> record) {
        Position position = record.value();
        context.forward(record.withValue(new Tiding.Progress(context.taskId().partition(), position)));
        forgetUploads(position);
    }

    /** No row of an upload that closed before the position will come any more. */
    private void forgetUploads(Position position) {
        Batches.drain(() -> closedUploads.range(null, Judgement.Key.startOf(position)), (closed, present) -> {
            closedUploads.delete(closed);
            Upload upload = uploads.get(closed.name());
            if (upload != null && upload.isGone()) {
                uploads.delete(closed.name());
            }
        });
    }
}
