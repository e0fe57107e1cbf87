package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.table.Upload;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** Sends the state of an upload to the partition of its object when the upload opens or closes. */
final class EmitUploads implements Processor<String, RowEvent<Upload>, String, CrossPartitionEvent> {
    private static final byte[] PRESENT = {};

    private ProcessorContext<String, CrossPartitionEvent> context;
    private KeyValueStore<PendingNotifications.Key, byte[]> closedUploads;

    @Override
    public void init(ProcessorContext<String, CrossPartitionEvent> context) {
        this.context = context;
        this.closedUploads = context.getStateStore(ObjectNotificationTopology.CLOSED_UPLOADS_STORE);
    }

    @Override
    public void process(Record<String, RowEvent<Upload>> record) {
        if (record.value() instanceof RowChange<Upload> change && change.after() != null) {
            Upload before = Objects.requireNonNullElse(change.before(), Upload.UNKNOWN);
            Upload after = change.after();
            boolean opened = after.open() && !before.open();
            boolean closed = before.open() && !after.open();
            boolean grown = after.parts() > before.parts();
            if (after.objectKey() != null && (opened || closed || grown)) {
                emit(record, after, opened ? change.position() : null, closed ? change.position() : null);
            }
            if (closed) {
                closedUploads.put(new PendingNotifications.Key(change.position(), record.key()), PRESENT);
            }
        }
    }

    private void emit(
            Record<String, RowEvent<Upload>> record,
            Upload upload,
            @Nullable Position opened,
            @Nullable Position closed) {
        CrossPartitionEvent event =
                new CrossPartitionEvent.UploadSeen(upload.objectKey(), record.key(), opened, closed, upload.parts());
        context.forward(record.withKey(upload.objectKey()).withValue(event));
    }
}
