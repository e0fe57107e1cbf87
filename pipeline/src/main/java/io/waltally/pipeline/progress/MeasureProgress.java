package io.waltally.pipeline.progress;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.fold.Timestamps;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * Forwards what a watermark says once this partition has read its source up to the offsets that the watermark
 * names. Under load a newer watermark is always there already, so one is kept in sight until it is reached.
 *
 * <p>A consumer group that was set back is noticed: {@link Reached#NOTHING} follows, until the watermark is reached again.
 * While a table that is read for the first time is not whole, nothing is complete.
 */
final class MeasureProgress implements Processor<String, Long, String, Reached> {
    private final Source source;
    private final List<String> topics;
    private final Duration interval;
    private final ReadElsewhere elsewhere;

    private ProcessorContext<String, Reached> context;
    private KeyValueStore<WatermarkKey, ValueAndTimestamp<Watermark>> watermarks;
    private KeyValueStore<String, Long> offsets;
    private @Nullable Watermark target;
    private Reached told = Reached.NOTHING;

    /**
     * @param topics of the source
     * @param elsewhere what is not read by this task
     */
    MeasureProgress(Source source, List<String> topics, Duration interval, ReadElsewhere elsewhere) {
        this.source = source;
        this.topics = topics;
        this.interval = interval;
        this.elsewhere = elsewhere;
    }

    @Override
    public void init(ProcessorContext<String, Reached> context) {
        this.context = context;
        this.watermarks = context.getStateStore(ProgressTopology.WATERMARKS_STORE);
        this.offsets = context.getStateStore(ProgressTopology.offsetsStore(source));
        context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::tell);
    }

    @Override
    public void process(Record<String, Long> record) {
        Long known = offsets.get(record.key());
        offsets.put(record.key(), record.value());
        if (known != null && record.value() < known) {
            told = Reached.NOTHING;
            forward(record.timestamp());
        }
    }

    private void tell(long time) {
        ValueAndTimestamp<Watermark> stored = watermarks.get(new WatermarkKey(source.id()));
        if (stored == null) {
            return;
        }
        Watermark latest = stored.value();
        if (target == null || reached(latest)) {
            target = latest;
        }
        if (reached(target)) {
            Reached now = new Reached(
                    new Position(target.getEpoch(), target.getLsn()), Timestamps.micros(target.getCommittedAt()));
            target = null;
            if (told.position().isBefore(now.position())) {
                told = now;
                forward(time);
            }
        }
    }

    private void forward(long time) {
        context.forward(new Record<>("", told, time));
    }

    private boolean reached(Watermark watermark) {
        return isWhole(watermark)
                && topics.stream().allMatch(topic -> reached(watermark, topic))
                && elsewhere.reached(context, watermark);
    }

    private boolean reached(Watermark watermark, String topic) {
        Long end = watermark.getOffsets().get(topic + "-" + context.taskId().partition());
        if (end == null || end == 0) {
            return true;
        }
        Long read = offsets.get(topic);
        return read != null && read >= end;
    }

    private boolean isWhole(Watermark watermark) {
        SnapshotProgress snapshot = watermark.getSnapshot();
        return snapshot == null
                || (snapshot.getState() == SnapshotState.COMPLETED
                        && snapshot.getPending().stream()
                                .allMatch(table -> snapshot.getTables().contains(table.getTable())
                                        || !topics.contains(source.topicOf(table.getTable()))));
    }
}
