package io.waltally.pipeline.collection;

import io.waltally.pipeline.deadletter.ReceivedValue;
import io.waltally.schemas.Change;
import io.waltally.schemas.cdc.Collection;
import io.waltally.schemas.cdc.CollectionKey;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the name of each collection. Unreadable records are skipped: every instance reads the topic at every start, so
 * none of them sends dead letters.
 */
final class UpdateCollectionNames
        extends ContextualProcessor<ReceivedValue<CollectionKey>, ReceivedValue<Change<Collection>>, Void, Void> {
    private static final Logger LOG = LoggerFactory.getLogger(UpdateCollectionNames.class);

    private CollectionNames names;

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        super.init(context);
        names = CollectionNames.in(context);
    }

    @Override
    public void process(Record<ReceivedValue<CollectionKey>, ReceivedValue<Change<Collection>>> record) {
        RecordMetadata place = context().recordMetadata().orElseThrow();
        CollectionKey key = record.key().value();
        if (key == null || record.value().failure() != null) {
            LOG.warn(
                    "skipped an unreadable collection name at {}-{} offset {}; 'waltally snapshot sync.collections' publishes"
                            + " all names again",
                    place.topic(),
                    place.partition(),
                    place.offset());
        } else {
            Change<Collection> change = record.value().value();
            Collection row = change == null ? null : change.after();
            names.put(key.getCollectionId(), row == null ? null : row.getName());
        }
        names.readTo(place.topic() + "-" + place.partition(), place.offset() + 1);
    }
}
