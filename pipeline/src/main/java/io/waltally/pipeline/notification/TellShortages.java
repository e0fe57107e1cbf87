package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.progress.Reached;
import io.waltally.pipeline.replica.Replication;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Tells shortages that have lasted, as far as the partition has read its source. */
final class TellShortages implements Processor<String, Reached, Void, Void> {
    private final Replication replication;

    private KeyValueStore<String, Position> positions;
    private Shortages shortages;

    TellShortages(Replication replication) {
        this.replication = replication;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        this.positions = context.getStateStore(NotificationTopology.POSITIONS_STORE);
        this.shortages = Shortages.in(context, replication);
    }

    @Override
    public void process(Record<String, Reached> record) {
        if (record.value().isAnything()) {
            shortages.tell(record.value().committedAt(), behind(record.value().position()));
        }
    }

    /** With a shorter grace period there is something to tell of a watermark up to which all was released already. */
    private Position behind(Position reached) {
        Position last = reached.previous();
        Position released = ReleaseJudgements.released(positions);
        return last.isBefore(released) ? released : last;
    }
}
