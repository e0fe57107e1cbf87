package io.waltally.pipeline.progress;

import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.row.Timestamps;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * Emits the position of a watermark once this partition has read the source up to the offsets of the watermark. Under
 * load new watermarks arrive faster than they are reached, so one is kept as a target until it is reached.
 *
 * <p>If the consumer group was reset to earlier offsets, {@link SourceProgress#NONE} is emitted until the watermark
 * is reached again. While the first snapshot of a table is running, nothing is complete.
 */
final class TrackSourceProgress implements Processor<String, Long, String, SourceProgress> {
    private final Source source;
    private final List<String> topics;
    private final Duration interval;
    private final GlobalStoreProgress globalStore;

    private ProcessorContext<String, SourceProgress> context;
    private Cancellable punctuation;
    private KeyValueStore<WatermarkKey, ValueAndTimestamp<Watermark>> watermarks;
    private KeyValueStore<String, Long> offsets;
    private @Nullable Watermark target;
    private SourceProgress emitted = SourceProgress.NONE;

    /**
     * @param topics of the source
     * @param globalStore progress of the stores that this task does not fill
     */
    TrackSourceProgress(Source source, List<String> topics, Duration interval, GlobalStoreProgress globalStore) {
        this.source = source;
        this.topics = topics;
        this.interval = interval;
        this.globalStore = globalStore;
    }

    @Override
    public void init(ProcessorContext<String, SourceProgress> context) {
        this.context = context;
        this.watermarks = context.getStateStore(ProgressTopology.WATERMARKS_STORE);
        this.offsets = context.getStateStore(ProgressTopology.offsetsStore(source));
        punctuation = context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::emit);
    }

    @Override
    public void close() {
        punctuation.cancel();
    }

    @Override
    public void process(Record<String, Long> record) {
        Long known = offsets.get(record.key());
        offsets.put(record.key(), record.value());
        if (known != null && record.value() < known) {
            emitted = SourceProgress.NONE;
            forward(record.timestamp());
        }
    }

    private void emit(long time) {
        ValueAndTimestamp<Watermark> stored = watermarks.get(new WatermarkKey(source.id()));
        if (stored == null) {
            return;
        }
        Watermark latest = stored.value();
        if (target == null || !isWhole(target) || reached(latest)) {
            target = latest;
        }
        if (reached(target)) {
            SourceProgress now = new SourceProgress(
                    new Position(target.getEpoch(), target.getLsn()), Timestamps.micros(target.getCommittedAt()));
            target = null;
            if (emitted.position().isBefore(now.position())) {
                emitted = now;
                forward(time);
            }
        }
    }

    private void forward(long time) {
        context.forward(new Record<>("", emitted, time));
    }

    private boolean reached(Watermark watermark) {
        return isWhole(watermark)
                && topics.stream().allMatch(topic -> reached(watermark, topic))
                && globalStore.reached(context, watermark);
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
