package io.waltally.connectors.capture.encoding;

import io.confluent.connect.avro.AvroData;
import io.confluent.connect.avro.AvroDataConfig;
import io.waltally.connectors.capture.encoding.AddedColumns.OlderRows;
import io.waltally.connectors.capture.encoding.WriterSchema.DefinitionTexts;
import io.waltally.connectors.capture.error.SchemaRefusedException;
import io.waltally.connectors.capture.error.UnprocessableChangeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes Connect data in the Confluent wire format by a plan per schema: byte for byte as Confluent's converter does,
 * but for {@link UnrepresentableValue} values. Not thread-safe.
 */
final class AvroEncoder {
    private static final Logger LOG = LoggerFactory.getLogger(AvroEncoder.class);

    private static final byte MAGIC = 0;

    /** A table whose schema is refreshed has new schema objects; the plans of old ones go with the whole cache. */
    private static final int MAX_PLANS = 1_000;

    private final boolean keys;
    private final SchemaRegistration registration;
    private final AddedColumns addedColumns;
    private final AvroData avroData;

    /** By identity: comparing Connect schemas compares all their fields. */
    private final IdentityHashMap<Schema, Subject> subjects = new IdentityHashMap<>();

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private @Nullable BinaryEncoder encoder;

    /** @param prefix magic byte and schema id */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Subject(String topic, byte[] prefix, AvroPlan plan) {}

    static AvroEncoder ofKeys(SchemaRegistration registration) {
        return new AvroEncoder(registration, true, (topic, columns, transactionId) -> OlderRows.NULLS);
    }

    static AvroEncoder ofEnvelopes(SchemaRegistration registration, AddedColumns addedColumns) {
        return new AvroEncoder(registration, false, addedColumns);
    }

    private AvroEncoder(SchemaRegistration registration, boolean keys, AddedColumns addedColumns) {
        this.keys = keys;
        this.registration = registration;
        this.addedColumns = addedColumns;
        // A NULL is a NULL, whatever the column's default.
        this.avroData =
                new AvroData(new AvroDataConfig(Map.of(AvroDataConfig.IGNORE_DEFAULT_FOR_NULLABLES_CONFIG, true)));
    }

    /**
     * @throws SchemaRefusedException if it must not be written with this schema
     * @throws SerializationException if the registry does not answer
     * @throws UnprocessableChangeException if the value cannot be written
     */
    byte[] encode(String topic, Schema schema, Object value) {
        Subject subject = subjects.get(schema);
        if (subject == null || !subject.topic().equals(topic)) {
            subject = register(topic, schema, transactionOf(value));
        }
        try {
            return write(subject, value);
        } catch (IOException | RuntimeException e) {
            throw UnprocessableChangeException.unwritable(e);
        }
    }

    /**
     * Registers a schema.
     *
     * @throws SchemaRefusedException if nothing must be written with it
     * @throws SerializationException if the registry does not answer
     */
    void prepare(String topic, Schema schema) {
        register(topic, schema, OptionalLong.empty());
    }

    private static OptionalLong transactionOf(Object value) {
        if (value instanceof Struct envelope
                && envelope.schema().field("source") != null
                && envelope.getStruct("source").schema().field("txId") != null) {
            Long id = envelope.getStruct("source").getInt64("txId");
            return id == null ? OptionalLong.empty() : OptionalLong.of(id);
        }
        return OptionalLong.empty();
    }

    private byte[] write(Subject subject, Object value) throws IOException {
        // Resets the encoder first: it may have buffered bytes of a value that failed.
        encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
        bytes.reset();
        bytes.writeBytes(subject.prefix());
        subject.plan().write(value, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    private Subject register(String topic, Schema schema, OptionalLong transactionId) {
        Subject subject = keys ? registerKey(topic, schema) : registerEnvelope(topic, schema, transactionId);
        if (subjects.size() >= MAX_PLANS) {
            subjects.clear();
        }
        subjects.put(schema, subject);
        return subject;
    }

    private Subject registerKey(String topic, Schema schema) {
        org.apache.avro.Schema avro = avro(WriterSchema.ofKey(schema));
        return new Subject(topic, prefix(registration.registerKey(topic, avro)), plan(schema, avro));
    }

    private Subject registerEnvelope(String topic, Schema schema, OptionalLong transactionId) {
        Map<Set<String>, OlderRows> read = new HashMap<>();
        WriterSchema writer = WriterSchema.after(
                registration.latestEnvelope(topic),
                columns -> read.computeIfAbsent(columns, added -> addedColumns.read(topic, added, transactionId)),
                avroData);
        SchemaRefusedException refusal = null;
        for (DefinitionTexts texts : DefinitionTexts.values()) {
            WriterSchema.Derived written = writer.with(texts).of(schema);
            org.apache.avro.Schema avro = avro(written.envelope());
            try {
                int id = registration.registerEnvelope(topic, avro);
                warn(topic, texts, written.unknown(), refusal);
                return new Subject(topic, prefix(id), plan(schema, avro));
            } catch (SchemaRefusedException.NotUnderstood e) {
                refusal = e;
            }
        }
        throw refusal;
    }

    private void warn(
            String topic, DefinitionTexts texts, Set<String> unknown, @Nullable SchemaRefusedException refusal) {
        if (texts == DefinitionTexts.NONE && refusal != null) {
            LOG.warn(
                    "topic {}: defaults and descriptions are left out of the schema of its rows: {}",
                    topic,
                    refusal.getMessage());
        }
        if (!unknown.isEmpty()) {
            String table = registration.tableOf(topic);
            LOG.warn(
                    "rows of {} that are older than its columns {} may have values there that neither a record nor the"
                            + " schema has: the table was rewritten, or the schema cannot express them. To read them:"
                            + " waltally snapshot {}",
                    table,
                    unknown,
                    table);
        }
    }

    private org.apache.avro.Schema avro(Schema schema) {
        try {
            return avroData.fromConnectSchema(schema);
        } catch (AvroRuntimeException | DataException e) {
            throw unwritable(e);
        }
    }

    private static AvroPlan plan(Schema schema, org.apache.avro.Schema avro) {
        try {
            return AvroPlan.of(schema, avro);
        } catch (DataException e) {
            throw unwritable(e);
        }
    }

    private static SchemaRefusedException unwritable(RuntimeException cause) {
        return new SchemaRefusedException(
                "it cannot be written as Avro (" + cause.getMessage() + ")",
                "Leave the table out of the configured tables, or change it and take a new snapshot");
    }

    private static byte[] prefix(int id) {
        return ByteBuffer.allocate(Byte.BYTES + Integer.BYTES)
                .put(MAGIC)
                .putInt(id)
                .array();
    }
}
