package io.waltally.pipeline.collection;

import io.waltally.schemas.Change;
import io.waltally.schemas.cdc.Collection;
import io.waltally.schemas.cdc.CollectionKey;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Keeps the name of each collection. */
final class KeepNames extends ContextualProcessor<CollectionKey, Change<Collection>, Void, Void> {
    private CollectionNames names;

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        super.init(context);
        names = CollectionNames.in(context);
    }

    @Override
    public void process(Record<CollectionKey, Change<Collection>> record) {
        Change<Collection> change = record.value();
        Collection row = change == null ? null : change.after();
        names.put(record.key().getCollectionId(), row == null ? null : row.getName());
        RecordMetadata metadata = context().recordMetadata().orElseThrow();
        names.readTo(metadata.topic() + "-" + metadata.partition(), metadata.offset() + 1);
    }
}
