package io.waltally.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.waltally.schemas.Change;
import io.waltally.schemas.Operation;
import io.waltally.schemas.cdc.Bso;
import io.waltally.schemas.cdc.ObjectLocation;
import java.time.Instant;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

class ChangeSerdeTest {
    private static final String REGISTRY = "mock://change-serde";
    private static final String TOPIC = "s3.public.object_locations";
    private static final Instant COMMITTED = Instant.parse("2026-11-22T02:25:37.123456Z");

    /** An envelope with Debezium's names, in another order, and with columns that no topology reads. */
    private static final Schema ENVELOPE = new Schema.Parser().parse("""
            {"type": "record", "name": "Envelope", "namespace": "s3.public.object_locations", "fields": [
              {"name": "before", "type": ["null", {"type": "record", "name": "Value", "fields": [
                {"name": "size_bytes", "type": "long"},
                {"name": "encrypted", "type": {"type": "boolean", "connect.default": false}, "default": false},
                {"name": "object_key", "type": "string"},
                {"name": "backend_name", "type": "string"},
                {"name": "created_at", "type": ["null", {"type": "string", "connect.version": 1,
                   "connect.name": "io.debezium.time.ZonedTimestamp"}], "default": null},
                {"name": "added_later", "type": ["null", "int"], "default": null}]}], "default": null},
              {"name": "after", "type": ["null", "Value"], "default": null},
              {"name": "source", "type": {"type": "record", "name": "Source",
                "namespace": "io.debezium.connector.postgresql", "fields": [
                {"name": "version", "type": "string"},
                {"name": "ts_us", "type": ["null", "long"], "default": null}]}},
              {"name": "op", "type": "string"},
              {"name": "ts_ms", "type": ["null", "long"], "default": null}]}
            """);

    private final Serde<Change<ObjectLocation>> serde = new AvroSerdes(REGISTRY).changes(ObjectLocation.class);

    @Test
    void theEnvelopeOfDebeziumIsReadWithWhatTopologiesNeed() {
        // Given
        GenericRecord row = new GenericData.Record(
                ENVELOPE.getField("after").schema().getTypes().get(1));
        row.put("object_key", "photos/cat.jpg");
        row.put("backend_name", "b1");
        row.put("size_bytes", 42L);
        row.put("encrypted", false);
        row.put("created_at", "2026-11-22T02:25:37.1Z");
        // When
        Change<ObjectLocation> change = serde.deserializer().deserialize(TOPIC, envelope("u", null, row));
        // Then
        assertThat(change)
                .isEqualTo(new Change<>(
                        Operation.UPDATE,
                        null,
                        new ObjectLocation("photos/cat.jpg", "b1", 42L, null, null, "2026-11-22T02:25:37.1Z"),
                        COMMITTED));
    }

    @Test
    void whatIsWrittenIsReadAndATombstoneStaysOne() {
        Change<Bso> change = new Change<>(
                Operation.CREATE, null, new Bso(7L, 1, "a", "\uD83D\uDE00", 1_700_000_000_000_000L), COMMITTED);
        Serde<Change<Bso>> bsos = new AvroSerdes(REGISTRY).changes(Bso.class);
        byte[] bytes = bsos.serializer().serialize("sync.public.bsos", change);
        assertThat(bsos.deserializer().deserialize("sync.public.bsos", bytes)).isEqualTo(change);
        assertThat(bsos.serializer().serialize("sync.public.bsos", null)).isNull();
        assertThat(bsos.deserializer().deserialize("sync.public.bsos", null)).isNull();
    }

    @Test
    void anUnknownOperationIsRefusedByTopic() {
        assertThatThrownBy(() -> serde.deserializer().deserialize(TOPIC, envelope("x", null, null)))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining(TOPIC)
                .hasMessageContaining("unknown op \"x\"");
    }

    private static byte[] envelope(String operation, GenericRecord before, GenericRecord after) {
        GenericRecord source =
                new GenericData.Record(ENVELOPE.getField("source").schema());
        source.put("version", "3.7.0");
        source.put("ts_us", COMMITTED.getEpochSecond() * 1_000_000 + 123_456);
        GenericRecord envelope = new GenericData.Record(ENVELOPE);
        envelope.put("before", before);
        envelope.put("after", after);
        envelope.put("source", source);
        envelope.put("op", operation);
        try (KafkaAvroSerializer serializer = new KafkaAvroSerializer()) {
            serializer.configure(Map.of("schema.registry.url", REGISTRY), false);
            return serializer.serialize(TOPIC, envelope);
        }
    }
}
