package io.waltally.iceberg;

import io.confluent.kafka.serializers.AbstractKafkaSchemaSerDeConfig;
import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.waltally.iceberg.change.ChangePosition;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Source;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Writes the records of a cdc topic as capture does. */
final class CdcTopic {
    static final Instant COMMITTED_AT = Instant.parse("2026-11-29T10:00:00.123456Z");

    private static final String FIELD = "{\"name\": \"%s\", \"type\": %s}";

    private final Source source;
    private final String topic;
    private final Schema key;
    private final Schema envelope;
    private final KafkaAvroSerializer keys = new KafkaAvroSerializer();
    private final KafkaAvroSerializer values = new KafkaAvroSerializer();

    /** A column, with its Avro type in JSON. */
    record Column(String name, String type, boolean isKey) {
        static Column key(String name, String type) {
            return new Column(name, type, true);
        }

        static Column of(String name, String type) {
            return new Column(name, type, false);
        }

        /** With a default of null. */
        static Column optional(String name, String type) {
            return new Column(name, "[\"null\", " + type + "], \"default\": null", false);
        }
    }

    CdcTopic(String registry, Source source, String table, List<Column> columns) {
        this.source = source;
        topic = source.topicOf(table);
        Map<String, ?> settings = Map.of(AbstractKafkaSchemaSerDeConfig.SCHEMA_REGISTRY_URL_CONFIG, registry);
        keys.configure(settings, true);
        values.configure(settings, false);
        key = record("Key", columns.stream().filter(Column::isKey).toList());
        Schema row = record("Value", columns);
        envelope = new Schema.Parser().parse("""
                        {"type": "record", "name": "Envelope", "namespace": "%1$s", "fields": [
                          {"name": "before", "type": ["null", %2$s], "default": null},
                          {"name": "after", "type": ["null", "Value"], "default": null},
                          {"name": "source", "type": {"type": "record", "name": "Source", "fields": [
                            {"name": "ts_us", "type": ["null", "long"], "default": null}]}},
                          {"name": "op", "type": "string"}]}
                        """.formatted(topic, row));
    }

    private Schema record(String name, List<Column> columns) {
        String fields = String.join(
                ", ",
                columns.stream()
                        .map(column -> FIELD.formatted(column.name(), column.type()))
                        .toList());
        return new Schema.Parser()
                .parse("{\"type\": \"record\", \"name\": \"%s\", \"namespace\": \"%s\", \"fields\": [%s]}"
                        .formatted(name, topic, fields));
    }

    String name() {
        return topic;
    }

    Schema row() {
        return envelope.getField("after").schema().getTypes().get(1);
    }

    /** A record with a new row. */
    ConsumerRecord<byte[], byte[]> written(
            String op, ChangePosition place, int partition, long offset, Map<String, ?> values) {
        GenericRecord after = fill(row(), values);
        return record(place, partition, offset, fill(key, values), envelope(op, after));
    }

    ConsumerRecord<byte[], byte[]> deleted(ChangePosition place, int partition, long offset, Map<String, ?> keyValues) {
        return record(place, partition, offset, fill(key, keyValues), envelope("d", null));
    }

    ConsumerRecord<byte[], byte[]> tombstone(
            ChangePosition place, int partition, long offset, Map<String, ?> keyValues) {
        return record(place, partition, offset, fill(key, keyValues), null);
    }

    private static GenericRecord fill(Schema schema, Map<String, ?> values) {
        GenericRecord record = new GenericData.Record(schema);
        schema.getFields().forEach(field -> record.put(field.name(), values.get(field.name())));
        return record;
    }

    private GenericRecord envelope(String op, @Nullable GenericRecord after) {
        GenericRecord record = new GenericData.Record(envelope);
        GenericRecord from = new GenericData.Record(envelope.getField("source").schema());
        from.put("ts_us", ChronoUnit.MICROS.between(Instant.EPOCH, COMMITTED_AT));
        record.put("after", after);
        record.put("source", from);
        record.put("op", op);
        return record;
    }

    private ConsumerRecord<byte[], byte[]> record(
            ChangePosition place, int partition, long offset, GenericRecord keyRecord, @Nullable GenericRecord value) {
        Headers headers = new RecordHeaders();
        new ChangeHeaders(source, place.epoch(), 700, place.sequence(), place.position(), Optional.empty())
                .addTo(headers);
        byte[] keyBytes = keys.serialize(topic, keyRecord);
        byte[] valueBytes = value == null ? null : values.serialize(topic, value);
        return new ConsumerRecord<>(
                topic,
                partition,
                offset,
                COMMITTED_AT.toEpochMilli(),
                TimestampType.CREATE_TIME,
                keyBytes.length,
                valueBytes == null ? 0 : valueBytes.length,
                keyBytes,
                valueBytes,
                headers,
                Optional.empty());
    }
}
