package io.waltally.pipeline.collection;

import io.waltally.pipeline.poison.Received;
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
 * Keeps the name of each collection. What cannot be read is left out: every instance reads it, at every start, so it is not
 * set aside as a dead letter.
 */
final class KeepNames extends ContextualProcessor<Received<CollectionKey>, Received<Change<Collection>>, Void, Void> {
    private static final Logger LOG = LoggerFactory.getLogger(KeepNames.class);

    private CollectionNames names;

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        super.init(context);
        names = CollectionNames.in(context);
    }

    @Override
    public void process(Record<Received<CollectionKey>, Received<Change<Collection>>> record) {
        RecordMetadata place = context().recordMetadata().orElseThrow();
        CollectionKey key = record.key().value();
        if (key == null || record.value().failure() != null) {
            LOG.warn(
                    "left out a collection's name, which cannot be read: {}-{} offset {} ('waltally snapshot"
                            + " sync.collections' writes all names once more)",
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
