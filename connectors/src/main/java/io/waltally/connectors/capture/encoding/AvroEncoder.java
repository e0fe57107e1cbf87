package io.waltally.connectors.capture.encoding;

import io.confluent.connect.avro.AvroData;
import io.confluent.connect.avro.AvroDataConfig;
import io.waltally.connectors.capture.error.SchemaRefusedException;
import io.waltally.connectors.capture.error.UnprocessableChangeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.connect.data.Schema;
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
    private final AvroData avroData;

    /** By identity: comparing Connect schemas compares all their fields. */
    private final IdentityHashMap<Schema, Subject> subjects = new IdentityHashMap<>();

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private @Nullable BinaryEncoder encoder;

    /** @param prefix magic byte and schema id */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Subject(String topic, byte[] prefix, AvroPlan plan) {}

    AvroEncoder(SchemaRegistration registration, boolean keys) {
        this.keys = keys;
        this.registration = registration;
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
            subject = register(topic, schema);
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
        register(topic, schema);
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

    private Subject register(String topic, Schema schema) {
        Subject subject = keys ? registerKey(topic, schema) : registerEnvelope(topic, schema);
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

    private Subject registerEnvelope(String topic, Schema schema) {
        WriterSchema written = WriterSchema.after(registration.latestEnvelope(topic), avroData);
        org.apache.avro.Schema avro = avro(written.of(schema));
        int id;
        try {
            id = registration.registerEnvelope(topic, avro);
        } catch (SchemaRefusedException.NotUnderstood e) {
            avro = avro(written.withoutDefinitionTexts().of(schema));
            id = registration.registerEnvelope(topic, avro);
            LOG.warn(
                    "topic {}: defaults and descriptions are left out of the schema of its rows: {}",
                    topic,
                    e.getMessage());
        }
        return new Subject(topic, prefix(id), plan(schema, avro));
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
