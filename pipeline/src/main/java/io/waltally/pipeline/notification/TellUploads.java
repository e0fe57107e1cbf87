package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Shift;
import io.waltally.pipeline.rows.Upload;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** Tells the partition of an object when an upload to it opens or closes, and how many parts it has. */
final class TellUploads implements Processor<String, RowEvent<Upload>, String, Tiding> {
    private static final byte[] PRESENT = {};

    private ProcessorContext<String, Tiding> context;
    private KeyValueStore<Judgement.Key, byte[]> closedUploads;

    @Override
    public void init(ProcessorContext<String, Tiding> context) {
        this.context = context;
        this.closedUploads = context.getStateStore(NotificationTopology.CLOSED_UPLOADS_STORE);
    }

    @Override
    public void process(Record<String, RowEvent<Upload>> record) {
        if (record.value() instanceof Shift<Upload> shift && shift.after() != null) {
            Upload before = Objects.requireNonNullElse(shift.before(), Upload.UNKNOWN);
            Upload after = shift.after();
            boolean opened = after.open() && !before.open();
            boolean closed = before.open() && !after.open();
            boolean grown = after.parts() > before.parts();
            if (after.objectKey() != null && (opened || closed || grown)) {
                tell(record, after, opened ? shift.position() : null, closed ? shift.position() : null);
            }
            if (closed) {
                closedUploads.put(new Judgement.Key(shift.position(), record.key()), PRESENT);
            }
        }
    }

    private void tell(
            Record<String, RowEvent<Upload>> record,
            Upload upload,
            @Nullable Position opened,
            @Nullable Position closed) {
        Tiding tiding = new Tiding.UploadSeen(upload.objectKey(), record.key(), opened, closed, upload.parts());
        context.forward(record.withKey(upload.objectKey()).withValue(tiding));
    }
}
