package io.waltally.pipeline.table;

import io.waltally.pipeline.row.DeadLetter;
import io.waltally.pipeline.row.Degradation;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.row.RowChange;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.TransactionEnd;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Turns changes and degradations of multipart_parts into those of their upload. */
final class SumUploadParts implements Processor<PartKey, RowEvent<Long>, String, RowEvent<Upload>> {
    private ProcessorContext<String, RowEvent<Upload>> context;
    private KeyValueStore<String, Upload> uploads;

    @Override
    public void init(ProcessorContext<String, RowEvent<Upload>> context) {
        this.context = context;
        this.uploads = context.getStateStore(ObjectStoreRows.UPLOADS_STORE);
    }

    @Override
    public void process(Record<PartKey, RowEvent<Long>> record) {
        if (record.value() instanceof RowChange<Long> change) {
            Upload before = upload(record.key());
            Upload after = before.replacing(change.before(), change.after());
            move(record, change.of(before, after));
        } else if (record.value() instanceof Degradation<Long> degradation) {
            Upload before = upload(record.key());
            Upload after = before.plusUncertainParts(count(degradation.after()) - count(degradation.before()));
            move(record, new RowChange<>(before, after, Position.START, true, degradation.nonTransactional()));
        } else if (record.value() instanceof DeadLetter<Long> deadLetter) {
            context.forward(record.withKey((String) null).withValue(deadLetter.retyped()));
        } else if (record.value() instanceof TransactionEnd<Long> end) {
            context.forward(record.withKey((String) null).withValue(end.retyped()));
        }
    }

    private Upload upload(PartKey part) {
        return Objects.requireNonNullElse(uploads.get(part.uploadId()), Upload.UNKNOWN);
    }

    private void move(Record<PartKey, RowEvent<Long>> record, RowChange<Upload> change) {
        String uploadId = record.key().uploadId();
        uploads.put(uploadId, Upload.UNKNOWN.equals(change.after()) ? null : change.after());
        context.forward(record.withKey(uploadId).withValue(change));
    }

    private static long count(Long size) {
        return size == null ? 0 : 1;
    }
}
