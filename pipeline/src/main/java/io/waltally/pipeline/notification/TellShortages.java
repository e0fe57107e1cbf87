package io.waltally.pipeline.notification;

import io.waltally.pipeline.progress.Reached;
import io.waltally.pipeline.replica.Replication;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Tells shortages that have lasted, as far as the partition has read its source. */
final class TellShortages implements Processor<String, Reached, String, Notification> {
    private final Replication replication;

    private ProcessorContext<String, Notification> context;
    private Shortages shortages;

    TellShortages(Replication replication) {
        this.replication = replication;
    }

    @Override
    public void init(ProcessorContext<String, Notification> context) {
        this.context = context;
        this.shortages = Shortages.in(context, replication);
    }

    @Override
    public void process(Record<String, Reached> record) {
        if (record.value().isAnything()) {
            shortages.tell(
                    record.value().committedAt(),
                    notification ->
                            context.forward(new Record<>(notification.subject(), notification, record.timestamp())));
        }
    }
}
