package io.waltally.connectors.capture;

import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientFactory;
import io.waltally.schemas.Routing;
import io.waltally.schemas.Source;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** Debezium's record in the Confluent wire format, on the partition that the catalogue's routing says. */
final class RecordEncoder {
    /** Magic byte and schema id of the wire format. */
    private static final int PREFIX_BYTES = 5;

    /** Of one subject, as Confluent's serializers limit it too. */
    private static final int MOST_SCHEMAS = 1_000;

    private final Map<String, Topic<?, ?>> topics = new HashMap<>();
    private final AvroEncoder keys;
    private final AvroEncoder values;
    private final JsonConverter headers = new JsonConverter();
    private final ByteArrayOutputStream column = new ByteArrayOutputStream();
    private @Nullable BinaryEncoder columnEncoder;

    RecordEncoder(CaptureConfig config, TopicCatalogue catalogue, String registryUrl) {
        Source source = config.source();
        for (String table : config.tables()) {
            topics.put(source.topicOf(table), catalogue.changesOf(source, table));
        }
        SchemaRegistryClient registry = SchemaRegistryClientFactory.newClient(
                List.of(registryUrl), MOST_SCHEMAS, List.of(new AvroSchemaProvider()), Map.of(), Map.of());
        keys = new AvroEncoder(registry, registryUrl, true);
        values = new AvroEncoder(registry, registryUrl, false);
        headers.configure(Map.of("converter.type", "header", "schemas.enable", false));
    }

    /** Whether the record is a row change, and not a heartbeat or a message. */
    boolean isChange(SourceRecord record) {
        return topics.containsKey(record.topic());
    }

    /**
     * Encodes a row change. The headers that Debezium gives a changed primary key become JSON.
     *
     * @param timestamp of the Kafka record, in milliseconds
     * @throws CaptureException if the table has no primary key
     */
    ProducerRecord<byte[], byte[]> encode(SourceRecord record, long timestamp) {
        if (!(record.key() instanceof Struct key)) {
            throw new CaptureException("table of topic " + record.topic()
                    + " has no primary key: rows without one cannot be told apart. Give it one, or leave it out of the"
                    + " configured tables");
        }
        Key encodedKey = encodeKey(record.topic(), record.keySchema(), key);
        ProducerRecord<byte[], byte[]> encoded = new ProducerRecord<>(
                record.topic(),
                encodedKey.partition().partition(),
                timestamp,
                encodedKey.bytes(),
                record.value() == null ? null : values.encode(record.topic(), record.valueSchema(), record.value()));
        for (Header header : record.headers()) {
            encoded.headers()
                    .add(
                            header.key(),
                            headers.fromConnectHeader(record.topic(), header.key(), header.schema(), header.value()));
        }
        return encoded;
    }

    /** A primary key as its records have it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Key(TopicPartition partition, byte[] bytes) {
        /** Whether the bytes are this key, under whatever version of its schema. */
        boolean hasBody(byte[] other) {
            return Arrays.equals(bytes, PREFIX_BYTES, bytes.length, other, PREFIX_BYTES, other.length);
        }
    }

    Key encodeKey(String topic, Schema schema, Struct key) {
        byte[] bytes = keys.encode(topic, schema, key);
        return new Key(new TopicPartition(topic, partition(topics.get(topic), key, bytes)), bytes);
    }

    private int partition(Topic<?, ?> topic, Struct key, byte[] keyBytes) {
        Routing routing = topic.routing();
        byte[] routed = routing.column().isPresent()
                ? columnBody(key, routing.column().get())
                : Arrays.copyOfRange(keyBytes, PREFIX_BYTES, keyBytes.length);
        return Utils.toPositive(Utils.murmur2(routed)) % topic.partitions();
    }

    private byte[] columnBody(Struct key, String name) {
        Field field = key.schema().field(name);
        if (field == null) {
            throw new CaptureException("primary key " + key.schema().name() + " has no column " + name
                    + ", by which its rows are routed: the table is not the one that waltally knows");
        }
        column.reset();
        columnEncoder = EncoderFactory.get().directBinaryEncoder(column, columnEncoder);
        try {
            switch (field.schema().type()) {
                case STRING -> columnEncoder.writeString(key.getString(name));
                case INT64 -> columnEncoder.writeLong(key.getInt64(name));
                case INT32 -> columnEncoder.writeInt(key.getInt32(name));
                default ->
                    throw new CaptureException(
                            "column " + name + " of " + key.schema().name() + " is of type "
                                    + field.schema().type() + ", by which rows cannot be routed");
            }
            columnEncoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return column.toByteArray();
    }
}
