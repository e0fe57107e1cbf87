package io.waltally.connectors.capture.encoding;

import io.waltally.connectors.capture.encoding.AddedColumns.OlderRows;
import io.waltally.connectors.capture.error.SchemaRefusedException;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.function.Predicate;
import org.apache.kafka.connect.data.Schema;

/** Tests whether the registry would take the schemas of tables, without registering them. */
public final class TableSchemas {
    private final Source source;
    private final AvroEncoder keys;
    private final AvroEncoder values;

    /** @param unwritten whether a topic has no record of the epoch yet, so that its keys may differ from those before */
    public TableSchemas(Source source, TopicCatalogue catalogue, RegistryAccess registry, Predicate<String> unwritten) {
        this.source = source;
        SchemaRegistration registration =
                new SchemaRegistration(source, registry.client(), registry.url(), catalogue::readerOf, unwritten, true);
        keys = AvroEncoder.ofKeys(registration);
        // A registry takes the schema with other defaults as well.
        values = AvroEncoder.ofEnvelopes(registration, (topic, columns, transactionId) -> OlderRows.NULLS);
    }

    /**
     * Tests the schemas of a table.
     *
     * @throws SchemaRefusedException if capture would stop at the first row of the table
     * @throws org.apache.kafka.common.errors.SerializationException if the registry does not answer
     */
    public void test(String table, Schema key, Schema envelope) {
        String topic = source.topicOf(table);
        keys.prepare(topic, key);
        values.prepare(topic, envelope);
    }
}
