package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.progress.SourceProgress;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.row.Position;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Adds pending notifications of the shortages that have lasted for the grace period at the time up to which the partition was read. */
final class EmitShortages implements Processor<String, SourceProgress, Void, Void> {
    private final Replication replication;

    private KeyValueStore<String, Position> positions;
    private Shortages shortages;

    EmitShortages(Replication replication) {
        this.replication = replication;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        this.positions = context.getStateStore(ObjectNotificationTopology.POSITIONS_STORE);
        this.shortages = Shortages.in(context, replication);
    }

    @Override
    public void process(Record<String, SourceProgress> record) {
        if (record.value().isKnown()) {
            shortages.emit(record.value().committedAt(), behind(record.value().position()));
        }
    }

    /**
     * The grace period may be shorter than the time since the last watermark, so the position may be one that was
     * already released.
     */
    private Position behind(Position reached) {
        Position last = reached.previous();
        Position released = ReleasePendingNotifications.released(positions);
        return last.isBefore(released) ? released : last;
    }
}
