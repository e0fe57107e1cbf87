package io.waltally.connectors.capture.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.connect.avro.AvroConverter;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.debezium.data.Envelope;
import io.debezium.data.Json;
import io.debezium.data.Uuid;
import io.debezium.data.VariableScaleDecimal;
import io.debezium.time.MicroTimestamp;
import io.debezium.time.ZonedTimestamp;
import io.waltally.connectors.capture.encoding.AddedColumns.OlderRows;
import io.waltally.connectors.capture.error.UnprocessableChangeException;
import io.waltally.schemas.Source;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.junit.jupiter.api.Test;

class AvroEncoderTest {
    private static final String TOPIC = "s3.public.everything";
    private static final String URL = "mock://avro-encoder";

    private static final Schema KEY = SchemaBuilder.struct()
            .name(TOPIC + ".Key")
            .field("id", Schema.INT64_SCHEMA)
            .field("name", Schema.STRING_SCHEMA)
            .build();

    private static final Schema ROW = SchemaBuilder.struct()
            .name(TOPIC + ".Value")
            .optional()
            .field("id", Schema.INT64_SCHEMA)
            .field("name", SchemaBuilder.string().defaultValue("none").build())
            .field(
                    "note",
                    SchemaBuilder.string().optional().defaultValue("a default").build())
            .field("size", Schema.OPTIONAL_INT64_SCHEMA)
            .field("count", SchemaBuilder.int32().defaultValue(3).build())
            .field("small", Schema.INT16_SCHEMA)
            .field("flag", SchemaBuilder.bool().defaultValue(false).build())
            .field("ratio", Schema.OPTIONAL_FLOAT64_SCHEMA)
            .field("real", Schema.FLOAT32_SCHEMA)
            .field("key_bytes", Schema.OPTIONAL_BYTES_SCHEMA)
            .field("price", Decimal.builder(2).optional().build())
            .field("loose", VariableScaleDecimal.builder().optional().build())
            .field("document", Json.builder().optional().build())
            .field("intent", Uuid.builder().build())
            .field("at", ZonedTimestamp.builder().optional().build())
            .field("micros", MicroTimestamp.builder().optional().build())
            .build();

    private static final Schema SOURCE = SchemaBuilder.struct()
            .name("io.debezium.connector.postgresql.Source")
            .field("version", Schema.STRING_SCHEMA)
            .field(
                    "snapshot",
                    SchemaBuilder.string().optional().defaultValue("false").build())
            .field("lsn", Schema.OPTIONAL_INT64_SCHEMA)
            .build();

    private static final Envelope ENVELOPE = Envelope.defineSchema()
            .withName(TOPIC + ".Envelope")
            .withRecord(ROW)
            .withSource(SOURCE)
            .build();

    private final SchemaRegistryClient registry = new MockSchemaRegistryClient();

    @Test
    void envelopesEqualThoseOfTheConverter() {
        Struct source = new Struct(SOURCE).put("version", "3.7.0").put("lsn", 4711L);
        Struct full = row().put("note", "\uD83D\uDE00 ü")
                .put("size", Long.MIN_VALUE)
                .put("ratio", -0.5)
                .put("key_bytes", ByteBuffer.wrap(new byte[] {0, -1, 127}))
                .put("price", new BigDecimal("-12.34"))
                .put(
                        "loose",
                        VariableScaleDecimal.fromLogical(ROW.field("loose").schema(), new BigDecimal("1.5")))
                .put("document", "{\"a\": [1, null]}")
                .put("at", "0001-01-01T00:00:00Z")
                .put("micros", -62_135_596_800_000_000L);
        Instant now = Instant.parse("2026-11-22T00:00:00Z");
        assertEqualBytes(ENVELOPE.schema(), ENVELOPE.create(full, source, now));
        assertEqualBytes(ENVELOPE.schema(), ENVELOPE.update(row(), full, source, now));
        assertEqualBytes(ENVELOPE.schema(), ENVELOPE.delete(row(), source, now));
        assertEqualBytes(ENVELOPE.schema(), ENVELOPE.read(full, source.put("snapshot", "last"), now));
    }

    @Test
    void keysEqualThoseOfTheConverter() {
        Struct key = new Struct(KEY).put("id", 7L).put("name", "x");
        assertThat(encoder(true).encode(TOPIC, KEY, key))
                .isEqualTo(converter(true).fromConnectData(TOPIC, KEY, key));
    }

    @Test
    void failedEncodingDoesNotCorruptTheNextValue() {
        AvroEncoder encoder = encoder(true);
        Struct nameless = new Struct(KEY).put("id", 7L);
        assertThatThrownBy(() -> encoder.encode(TOPIC, KEY, nameless)).isInstanceOf(UnprocessableChangeException.class);
        Struct key = new Struct(KEY).put("id", 8L).put("name", "x");
        assertThat(encoder.encode(TOPIC, KEY, key)).isEqualTo(converter(true).fromConnectData(TOPIC, KEY, key));
    }

    @Test
    void arraysAndMapsEqualThoseOfTheConverter() {
        Schema schema = SchemaBuilder.struct()
                .name("WithCollections")
                .field("tags", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
                .field(
                        "numbers",
                        SchemaBuilder.array(Schema.OPTIONAL_INT32_SCHEMA)
                                .optional()
                                .build())
                .field(
                        "labels",
                        SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA)
                                .build())
                .build();
        assertEqualBytes(
                schema,
                new Struct(schema)
                        .put("tags", List.of("a", "b"))
                        .put("numbers", Arrays.asList(1, null, 3))
                        .put("labels", Map.of("k", "v")));
        assertEqualBytes(schema, new Struct(schema).put("tags", List.of()).put("labels", Map.of()));
    }

    private static Struct row() {
        return new Struct(ROW)
                .put("id", 1L)
                .put("name", "n")
                .put("count", -1)
                .put("small", (short) -2)
                .put("flag", true)
                .put("real", 1.25f)
                .put("intent", "6f1d3c5e-0000-4000-8000-000000000001");
    }

    private void assertEqualBytes(Schema schema, Struct value) {
        assertThat(encoder(false).encode(TOPIC, schema, value))
                .isEqualTo(converter(false).fromConnectData(TOPIC, schema, value));
    }

    private AvroEncoder encoder(boolean keys) {
        SchemaRegistration registration =
                new SchemaRegistration(Source.S3, registry, URL, topic -> Optional.empty(), topic -> false, false);
        return keys
                ? AvroEncoder.ofKeys(registration)
                : AvroEncoder.ofEnvelopes(registration, (topic, columns, transactionId) -> OlderRows.NULLS);
    }

    private AvroConverter converter(boolean keys) {
        AvroConverter converter = new AvroConverter(registry);
        converter.configure(Map.of("schema.registry.url", URL, "ignore.default.for.nullables", true), keys);
        return converter;
    }
}
