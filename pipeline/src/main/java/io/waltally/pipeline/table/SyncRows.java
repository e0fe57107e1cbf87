package io.waltally.pipeline.table;

import io.waltally.pipeline.deadletter.DeadLetterLimit;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.RowStateMapping;
import io.waltally.pipeline.row.Timestamps;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.schemas.Change;
import io.waltally.schemas.Operation;
import io.waltally.schemas.cdc.Bso;
import io.waltally.schemas.cdc.BsoKey;
import io.waltally.schemas.cdc.UserCollectionRow;
import io.waltally.schemas.cdc.UserCollectionRowKey;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.jspecify.annotations.Nullable;

/**
 * The row changes of syncstorage's tables. All rows of a user are in the same partition.
 *
 * @param collections rows of user_collections: {@link Measure#ROWS} and {@link Measure#MODIFIED}
 */
public record SyncRows(
        KStream<RecordId, RowEvent<StoredRecord>> records, KStream<CollectionId, RowEvent<Amounts>> collections) {
    /** {@link StoredRecord} by {@link RecordId}. */
    public static final String RECORDS_STORE = "records";

    /** State of user_collections, by {@link CollectionId}. */
    public static final String COLLECTIONS_STORE = "collection-rows";

    public static SyncRows addTo(
            StreamsBuilder builder, TopicCatalogue topics, LengthUnit payloadLength, DeadLetterLimit limit) {
        RowTopology topology = new RowTopology(builder, topics, limit);
        return new SyncRows(
                topology.onDisk(
                        topics.bsos(),
                        "records",
                        RECORDS_STORE,
                        RecordId.SERDE,
                        StoredRecord.SERDE,
                        new RecordMapping(payloadLength)),
                topology.onDisk(
                        topics.userCollectionRows(),
                        "collection-rows",
                        COLLECTIONS_STORE,
                        CollectionId.SERDE,
                        Amounts.SERDE,
                        new CollectionMapping()));
    }

    /** The tables that are read. */
    public static List<String> tables() {
        return List.of("bsos", "user_collections");
    }

    /** All streams, by noun. */
    public Map<String, KStream<?, ? extends RowEvent<?>>> all() {
        Map<String, KStream<?, ? extends RowEvent<?>>> all = new LinkedHashMap<>();
        all.put("records", records);
        all.put("collection-rows", collections);
        return all;
    }

    private record RecordMapping(LengthUnit unit) implements RowStateMapping<BsoKey, Bso, RecordId, StoredRecord> {
        @Override
        public RecordId identity(BsoKey key) {
            return new RecordId(new CollectionId(key.getUserId(), key.getCollectionId()), key.getBsoId());
        }

        @Override
        public StoredRecord with(@Nullable StoredRecord before, Change<Bso> change) {
            Bso row = change.after();
            return new StoredRecord(
                    before == null || isWhole(change) ? unit.lengthOf(row.getPayload()) : before.length(),
                    Timestamps.micros(row.getExpiry(), Timestamps.NEVER));
        }

        /** An update omits a large payload that it does not change. */
        @Override
        public boolean isWhole(Change<Bso> change) {
            return change.operation() != Operation.UPDATE
                    || !change.after().getPayload().equals(Change.UNAVAILABLE_VALUE);
        }

        @Override
        public StoredRecord standIn(BsoKey key, @Nullable StoredRecord before) {
            return new StoredRecord(0, Timestamps.NEVER);
        }
    }

    private static final class CollectionMapping
            implements RowStateMapping<UserCollectionRowKey, UserCollectionRow, CollectionId, Amounts> {
        @Override
        public CollectionId identity(UserCollectionRowKey key) {
            return new CollectionId(key.getUserId(), key.getCollectionId());
        }

        @Override
        public Amounts with(@Nullable Amounts before, Change<UserCollectionRow> change) {
            return Amounts.NONE
                    .with(Measure.ROWS, 1)
                    .with(Measure.MODIFIED, Timestamps.micros(change.after().getModified(), 0));
        }

        @Override
        public Amounts standIn(UserCollectionRowKey key, @Nullable Amounts before) {
            return Amounts.NONE;
        }
    }
}
