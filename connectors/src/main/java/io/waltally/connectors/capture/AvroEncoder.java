package io.waltally.connectors.capture;

import io.confluent.connect.avro.AvroConverter;
import io.confluent.connect.avro.AvroData;
import io.confluent.connect.avro.AvroDataConfig;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.confluent.kafka.serializers.AbstractKafkaSchemaSerDeConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.connect.data.Schema;
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
    private final SchemaRegistryClient registry;
    private final AvroData avroData;
    private final AvroConverter converter;

    /** By identity: comparing Connect schemas compares all their fields. */
    private final IdentityHashMap<Schema, Subject> subjects = new IdentityHashMap<>();

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private @Nullable BinaryEncoder encoder;

    private record Subject(String topic, int id, Optional<AvroPlan> plan) {}

    AvroEncoder(SchemaRegistryClient registry, String registryUrl, boolean keys) {
        Map<String, Object> config = Map.of(
                AbstractKafkaSchemaSerDeConfig.SCHEMA_REGISTRY_URL_CONFIG,
                registryUrl,
                // A NULL is a NULL, whatever the column's default.
                AvroDataConfig.IGNORE_DEFAULT_FOR_NULLABLES_CONFIG,
                true);
        this.keys = keys;
        this.registry = registry;
        this.avroData = new AvroData(new AvroDataConfig(config));
        this.converter = new AvroConverter(registry);
        this.converter.configure(config, keys);
    }

    /** @throws SerializationException if the registry refuses the schema or does not answer */
    byte[] encode(String topic, Schema schema, Object value) {
        Subject subject = subjects.get(schema);
        if (subject == null || !subject.topic().equals(topic)) {
            subject = register(topic, schema);
        }
        if (subject.plan().isEmpty()) {
            return converter.fromConnectData(topic, schema, value);
        }
        bytes.reset();
        bytes.write(MAGIC);
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(subject.id()).array());
        encoder = EncoderFactory.get().binaryEncoder(bytes, encoder);
        try {
            subject.plan().get().write(value, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new SerializationException("topic " + topic + ": " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    private Subject register(String topic, Schema schema) {
        org.apache.avro.Schema avro = avroData.fromConnectSchema(schema);
        String name = topic + (keys ? "-key" : "-value");
        try {
            Subject subject =
                    new Subject(topic, registry.register(name, new AvroSchema(avro)), AvroPlan.of(schema, avro));
            if (subjects.size() >= MOST_PLANS) {
                subjects.clear();
            }
            subjects.put(schema, subject);
            return subject;
        } catch (IOException | RestClientException e) {
            throw new SerializationException("subject " + name + ": " + e.getMessage(), e);
        }
    }
}
