package io.waltally.connectors.capture;

import io.confluent.connect.avro.AvroConverter;
import io.confluent.connect.avro.AvroData;
import io.confluent.connect.avro.AvroDataConfig;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.serializers.AbstractKafkaSchemaSerDeConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * Writes Connect data in the Confluent wire format, byte for byte as Confluent's converter does, by a plan per schema. A
 * schema that has no plan is left to the converter. Not thread-safe.
 */
final class AvroEncoder {
    private static final byte MAGIC = 0;

    /** A table whose schema is refreshed has new schema objects; the plans of old ones go with the whole cache. */
    private static final int MOST_PLANS = 1_000;

    private final boolean keys;
    private final SchemaRegistration registration;
    private final AvroData avroData;
    private final AvroConverter converter;

    /** By identity: comparing Connect schemas compares all their fields. */
    private final IdentityHashMap<Schema, Subject> subjects = new IdentityHashMap<>();

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private @Nullable BinaryEncoder encoder;

    /** @param prefix magic byte and schema id */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Subject(String topic, byte[] prefix, Optional<AvroPlan> plan) {}

    AvroEncoder(SchemaRegistryClient registry, String registryUrl, SchemaRegistration registration, boolean keys) {
        Map<String, Object> config = Map.of(
                AbstractKafkaSchemaSerDeConfig.SCHEMA_REGISTRY_URL_CONFIG,
                registryUrl,
                // A NULL is a NULL, whatever the column's default.
                AvroDataConfig.IGNORE_DEFAULT_FOR_NULLABLES_CONFIG,
                true);
        this.keys = keys;
        this.registration = registration;
        this.avroData = new AvroData(new AvroDataConfig(config));
        this.converter = new AvroConverter(registry);
        this.converter.configure(config, keys);
    }

    /**
     * @throws SchemaRefusedException if it must not be written with this schema
     * @throws SerializationException if the registry does not answer
     * @throws PoisonException if the value cannot be written
     */
    byte[] encode(String topic, Schema schema, Object value) {
        Subject subject = subjects.get(schema);
        if (subject == null || !subject.topic().equals(topic)) {
            subject = register(topic, schema);
        }
        try {
            return subject.plan().isPresent()
                    ? write(subject, subject.plan().get(), value)
                    : converter.fromConnectData(topic, schema, value);
        } catch (IOException | RuntimeException e) {
            // The converter may ask the registry.
            if (e instanceof RuntimeException error && Failure.of(error) == Failure.RETRIABLE) {
                throw error;
            }
            throw PoisonException.unwritable(e);
        }
    }

    private byte[] write(Subject subject, AvroPlan plan, Object value) throws IOException {
        // First the encoder: it then writes what it still holds of a value that failed.
        encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
        bytes.reset();
        bytes.writeBytes(subject.prefix());
        plan.write(value, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }

    private Subject register(String topic, Schema schema) {
        org.apache.avro.Schema avro = avro(schema);
        int id = keys ? registration.registerKey(topic, avro) : registration.registerEnvelope(topic, avro);
        Subject subject = new Subject(topic, prefix(id), AvroPlan.of(schema, avro));
        if (subjects.size() >= MOST_PLANS) {
            subjects.clear();
        }
        subjects.put(schema, subject);
        return subject;
    }

    private org.apache.avro.Schema avro(Schema schema) {
        try {
            return avroData.fromConnectSchema(schema);
        } catch (AvroRuntimeException | DataException e) {
            throw new SchemaRefusedException(
                    "it cannot be written as Avro (" + e.getMessage() + ")",
                    "Leave the table out of the configured tables, or change it and take a new snapshot");
        }
    }

    private static byte[] prefix(int id) {
        return ByteBuffer.allocate(Byte.BYTES + Integer.BYTES)
                .put(MAGIC)
                .putInt(id)
                .array();
    }
}
