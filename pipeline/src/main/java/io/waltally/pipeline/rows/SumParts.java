package io.waltally.pipeline.rows;

import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.Shift;
import io.waltally.pipeline.fold.TransactionEnd;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Turns shifts of multipart_parts into shifts of the upload that they belong to. */
final class SumParts implements Processor<PartKey, RowEvent<Long>, String, RowEvent<Upload>> {
    private ProcessorContext<String, RowEvent<Upload>> context;
    private KeyValueStore<String, Upload> uploads;

    @Override
    public void init(ProcessorContext<String, RowEvent<Upload>> context) {
        this.context = context;
        this.uploads = context.getStateStore(ObjectStoreRows.UPLOADS_STORE);
    }

    @Override
    public void process(Record<PartKey, RowEvent<Long>> record) {
        if (record.value() instanceof Shift<Long> shift) {
            String uploadId = record.key().uploadId();
            Upload before = Objects.requireNonNullElse(uploads.get(uploadId), Upload.UNKNOWN);
            Upload after = before.plusParts(
                    bytes(shift.after()) - bytes(shift.before()), count(shift.after()) - count(shift.before()));
            uploads.put(uploadId, after.equals(Upload.UNKNOWN) ? null : after);
            context.forward(
                    record.withKey(uploadId).withValue(new Shift<>(before, after, shift.position(), shift.snapshot())));
        } else if (record.value() instanceof TransactionEnd<Long> end) {
            context.forward(record.withKey((String) null).withValue(end.retyped()));
        }
    }

    private static long bytes(Long size) {
        return size == null ? 0 : size;
    }

    private static long count(Long size) {
        return size == null ? 0 : 1;
    }
}
