package io.waltally.connectors.capture.encoding;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.UnprocessableChangePolicy;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.error.NewEpochRemedy;
import io.waltally.connectors.capture.error.SchemaRefusedException;
import io.waltally.connectors.capture.error.UnprocessableChangeException;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.Routing;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Encodes Debezium's records in the Confluent wire format, for the partition that the catalogue routes them to. */
public final class RecordEncoder {
    private static final Logger LOG = LoggerFactory.getLogger(RecordEncoder.class);

    /** Magic byte and schema id of the wire format. */
    private static final int PREFIX_BYTES = 5;

    private final Source source;
    private final UnprocessableChangePolicy onUnprocessableChange;
    private final int largestRecord;
    private final DeadLetters deadLetters;
    private long deadLettered;
    private final Map<String, Topic<?, ?>> topics = new HashMap<>();
    private final AvroEncoder keys;
    private final AvroEncoder values;
    private final JsonConverter headers = new JsonConverter();
    private final UnrepresentableHeader unrepresentable = new UnrepresentableHeader(headers);
    private final ByteArrayOutputStream column = new ByteArrayOutputStream();
    private @Nullable BinaryEncoder columnEncoder;

    /**
     * @param largestRecord size limit of the producer, in bytes
     * @param unwritten whether a topic has no record of the epoch yet, so that its keys may differ from those before
     */
    public RecordEncoder(
            CaptureConfig config,
            TopicCatalogue catalogue,
            RegistryAccess registry,
            int largestRecord,
            Predicate<String> unwritten,
            AddedColumns addedColumns) {
        this.source = config.source();
        this.onUnprocessableChange = config.onUnprocessableChange();
        this.largestRecord = largestRecord;
        this.deadLetters = new DeadLetters(catalogue.captureDeadLetters(), largestRecord);
        for (String table : config.tables()) {
            topics.put(source.topicOf(table), catalogue.changesOf(source, table));
        }
        SchemaRegistration registration = new SchemaRegistration(
                source, registry.client(), registry.url(), catalogue::readerOf, unwritten, false);
        keys = AvroEncoder.ofKeys(registration);
        values = AvroEncoder.ofEnvelopes(registration, addedColumns);
        headers.configure(Map.of("converter.type", "header", "schemas.enable", false));
    }

    /** Number of changes encoded for the dead letter topic. */
    public long deadLetters() {
        return deadLettered;
    }

    /** Whether the record is a row change, not a heartbeat or a message. */
    public boolean isChange(SourceRecord record) {
        return topics.containsKey(record.topic());
    }

    /**
     * Encodes a row change, or the dead letter of one that cannot be encoded. Debezium's headers of a changed primary
     * key become JSON.
     *
     * @param timestamp of the Kafka record, in milliseconds
     * @throws CaptureException if the table has no primary key, or has changed in a way that needs a decision, or if
     *     the change is unprocessable and the policy is to stop
     */
    public ProducerRecord<byte[], byte[]> encode(SourceRecord record, long timestamp) {
        if (!(record.key() instanceof Struct key)) {
            throw new CaptureException(table(record) + " has no primary key, or not that of "
                    + lsn(record) + " any more: rows without one cannot be identified. Give it one, or leave it out of"
                    + " the configured tables; if it was changed or renamed, then: "
                    + NewEpochRemedy.command(source));
        }
        try {
            Key encodedKey = encodeKey(record.topic(), record.keySchema(), key);
            int partition = encodedKey.partition().partition();
            Headers written = headers(record);
            unrepresentable.addHeader(record, written);
            try {
                byte[] value = record.value() == null
                        ? null
                        : values.encode(record.topic(), record.valueSchema(), record.value());
                ProducerRecord<byte[], byte[]> encoded =
                        new ProducerRecord<>(record.topic(), partition, timestamp, encodedKey.bytes(), value, written);
                requireSize(encoded);
                return encoded;
            } catch (UnprocessableChangeException e) {
                return deadLetter(record, written, partition, timestamp, e);
            }
        } catch (UnprocessableChangeException e) {
            throw new CaptureException(
                    change(record) + ": key: " + e.getMessage()
                            + ". Nothing of its transaction is published. Give the row"
                            + " another key, then take a new snapshot: " + NewEpochRemedy.command(source),
                    e);
        } catch (SchemaRefusedException e) {
            throw new CaptureException(
                    table(record) + " has another schema from " + lsn(record) + " on: " + e.getMessage()
                            + ". Nothing of that transaction is published, and nothing is lost: the slot holds the"
                            + " position. " + e.remedy(),
                    e);
        }
    }

    private ProducerRecord<byte[], byte[]> deadLetter(
            SourceRecord record, Headers written, int partition, long timestamp, UnprocessableChangeException failure) {
        String change = change(record) + ": " + failure.getMessage();
        String raise = failure.tooLarge() ? "raise kafka.max.request.size and the topic's max.message.bytes, or " : "";
        if (onUnprocessableChange == UnprocessableChangePolicy.STOP) {
            throw new CaptureException(
                    change + ". Nothing of its transaction is published, and the slot holds the position. To continue, "
                            + raise
                            + "set capture.on-unprocessable-change to dead-letter, which sends such a change to "
                            + deadLetters.topic(),
                    failure);
        }
        deadLettered++;
        LOG.error("capture of {}: {}; sent to {}", source, change, deadLetters.topic());
        return deadLetters.write(
                record,
                written,
                partition,
                timestamp,
                failure,
                "The value is left out; to publish the row as it then is, "
                        + (failure.tooLarge() ? "raise the limit and " : "") + "take it again: waltally snapshot "
                        + source + "." + tableName(record) + ", with --from and --to around its key");
    }

    private void requireSize(ProducerRecord<byte[], byte[]> record) {
        long bytes = RecordSize.upperBound(record);
        if (bytes > largestRecord) {
            throw UnprocessableChangeException.tooLarge(bytes, largestRecord);
        }
    }

    private Headers headers(SourceRecord record) {
        Headers written = new RecordHeaders();
        for (Header header : record.headers()) {
            written.add(
                    header.key(),
                    headers.fromConnectHeader(record.topic(), header.key(), header.schema(), header.value()));
        }
        return written;
    }

    private String change(SourceRecord record) {
        return table(record) + ", key " + record.key() + ", change at " + lsn(record);
    }

    private String table(SourceRecord record) {
        return "table " + tableName(record);
    }

    private String tableName(SourceRecord record) {
        return record.topic().substring(source.topicOf("").length());
    }

    private static String lsn(SourceRecord record) {
        Object lsn =
                record.value() instanceof Struct envelope && envelope.schema().field("source") != null
                        ? envelope.getStruct("source").getInt64("lsn")
                        : record.sourceOffset().get("lsn");
        return lsn instanceof Long value ? new Lsn(value).toString() : "an unknown LSN";
    }

    /** A primary key as its records have it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Key(TopicPartition partition, byte[] bytes) {
        /** Whether the bytes are this key, in any version of its schema. */
        public boolean hasBody(byte[] other) {
            return Arrays.equals(bytes, PREFIX_BYTES, bytes.length, other, PREFIX_BYTES, other.length);
        }
    }

    public Key encodeKey(String topic, Schema schema, Struct key) {
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
                case STRING -> columnEncoder.writeString((String) key.get(field));
                case INT64 -> columnEncoder.writeLong((Long) key.get(field));
                case INT32 -> columnEncoder.writeInt((Integer) key.get(field));
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
