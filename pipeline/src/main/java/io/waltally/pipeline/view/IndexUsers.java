package io.waltally.pipeline.view;

import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** Updates the index of the partition's users, before the sequence number makes a tally visible to queries. */
final class IndexUsers extends TrackSequenceNumbers<UserKey, UserStorage> {
    private final UserIndexes indexes;
    private int partition;
    private @Nullable UserIndex index;

    IndexUsers(String topic, UserIndexes indexes) {
        super(topic);
        this.indexes = indexes;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        super.init(context);
        partition = context.taskId().partition();
        index = indexes.open(partition);
    }

    @Override
    public void process(Record<UserKey, UserStorage> record) {
        index.put(record.key().getUserId(), record.value());
        super.process(record);
    }

    @Override
    public void close() {
        if (index != null) {
            indexes.close(partition, index);
        }
    }
}
