package io.waltally.pipeline.rows;

import io.waltally.pipeline.fold.Degradation;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.SetAside;
import io.waltally.pipeline.fold.Shift;
import io.waltally.pipeline.fold.TransactionEnd;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Turns shifts of multipart_parts into shifts of the upload that they belong to; so does doubt about a part. */
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
            Upload before = upload(record.key());
            Upload after = before.replacing(shift.before(), shift.after());
            move(record, shift.of(before, after));
        } else if (record.value() instanceof Degradation<Long> degradation) {
            Upload before = upload(record.key());
            Upload after = before.plusPoisonedParts(count(degradation.after()) - count(degradation.before()));
            move(record, new Shift<>(before, after, Position.START, true, degradation.standalone()));
        } else if (record.value() instanceof SetAside<Long> setAside) {
            context.forward(record.withKey((String) null).withValue(setAside.retyped()));
        } else if (record.value() instanceof TransactionEnd<Long> end) {
            context.forward(record.withKey((String) null).withValue(end.retyped()));
        }
    }

    private Upload upload(PartKey part) {
        return Objects.requireNonNullElse(uploads.get(part.uploadId()), Upload.UNKNOWN);
    }

    private void move(Record<PartKey, RowEvent<Long>> record, Shift<Upload> shift) {
        String uploadId = record.key().uploadId();
        uploads.put(uploadId, Upload.UNKNOWN.equals(shift.after()) ? null : shift.after());
        context.forward(record.withKey(uploadId).withValue(shift));
    }

    private static long count(Long size) {
        return size == null ? 0 : 1;
    }
}
