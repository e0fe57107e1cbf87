package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.rows.Upload;
import io.waltally.pipeline.state.Batches;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * Tells every partition up to where this one has read its source: the LSN of a watermark, once the ends of transactions
 * have been read up to the offsets that the watermark names. Under load a newer watermark is always there already, so
 * one is kept in sight until it is reached.
 *
 * <p>With p partitions this costs p² small records at each interval in which the source moves on.
 */
final class TellProgress implements Processor<String, Position, String, Tiding> {
    private final List<String> topics;
    private final Duration interval;

    private ProcessorContext<String, Tiding> context;
    private KeyValueStore<WatermarkKey, ValueAndTimestamp<Watermark>> watermarks;
    private KeyValueStore<String, Long> offsets;
    private KeyValueStore<Judgement.Key, byte[]> closedUploads;
    private KeyValueStore<String, Upload> uploads;
    private @Nullable Watermark target;
    private Position told = Position.START;

    /** @param topics whose rows tidings or judgements come from */
    TellProgress(List<String> topics, Duration interval) {
        this.topics = topics;
        this.interval = interval;
    }

    @Override
    public void init(ProcessorContext<String, Tiding> context) {
        this.context = context;
        this.watermarks = context.getStateStore(NotificationTopology.WATERMARKS_STORE);
        this.offsets = context.getStateStore(NotificationTopology.OFFSETS_STORE);
        this.closedUploads = context.getStateStore(NotificationTopology.CLOSED_UPLOADS_STORE);
        this.uploads = context.getStateStore(ObjectStoreRows.UPLOADS_STORE);
        context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::tell);
    }

    /** The end of a transaction in one of the topics. */
    @Override
    public void process(Record<String, Position> record) {
        RecordMetadata metadata = context.recordMetadata().orElseThrow();
        offsets.put(metadata.topic(), metadata.offset() + 1);
    }

    private void tell(long time) {
        ValueAndTimestamp<Watermark> stored = watermarks.get(new WatermarkKey(Source.S3.id()));
        if (stored == null) {
            return;
        }
        Watermark latest = stored.value();
        if (target == null || reached(latest)) {
            target = latest;
        }
        Position position = new Position(target.getEpoch(), target.getLsn());
        if (reached(target)) {
            target = null;
            if (told.isBefore(position)) {
                told = position;
                context.forward(
                        new Record<>("", new Tiding.Progress(context.taskId().partition(), position), time));
                forgetUploads(position);
            }
        }
    }

    private boolean reached(Watermark watermark) {
        int partition = context.taskId().partition();
        for (String topic : topics) {
            Long end = watermark.getOffsets().get(topic + "-" + partition);
            if (end != null && end > 0) {
                Long read = offsets.get(topic);
                if (read == null || read < end) {
                    return false;
                }
            }
        }
        return true;
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
