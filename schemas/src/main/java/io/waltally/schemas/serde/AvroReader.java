package io.waltally.schemas.serde;

import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Deserializes the Confluent wire format. Distinguishes bad records from an unavailable registry, which Confluent's
 * deserializer reports alike. Fetches writer schemas once per id.
 */
final class AvroReader<T> {
    private static final int TOO_MANY_REQUESTS = 429;

    private final SchemaRegistryClient registry;
    private final Map<Integer, DatumReader<T>> readers = new ConcurrentHashMap<>();
    private final Class<T> type;
    private final Function<Schema, DatumReader<T>> readerOf;
    private final String form;
    private final String subjectSuffix;

    AvroReader(Class<T> type, Schema schema, RegistryAccess registry, boolean isKey) {
        this(type, writer -> new SpecificDatumReader<>(writer, schema), schema.getFullName(), registry, isKey);
    }

    /** With the schema that wrote each record, into Avro's generic form. */
    static AvroReader<Object> generic(RegistryAccess registry, boolean isKey) {
        return new AvroReader<>(Object.class, GenericDatumReader::new, "the schema that it names", registry, isKey);
    }

    private AvroReader(
            Class<T> type,
            Function<Schema, DatumReader<T>> readerOf,
            String form,
            RegistryAccess registry,
            boolean isKey) {
        this.type = type;
        this.readerOf = readerOf;
        this.form = form;
        this.subjectSuffix = isKey ? "-key" : "-value";
        this.registry = registry.client();
    }

    /**
     * @throws SerializationException if the bytes are invalid, or the registry does not have their schema
     * @throws TimeoutException if the registry does not answer
     * @throws InvalidConfigurationException if the registry rejects the request
     */
    T read(String topic, byte[] bytes) {
        if (!WireFormat.isPossible(bytes)) {
            throw new SerializationException("topic " + topic + ": not in the Confluent wire format");
        }
        DatumReader<T> reader =
                reader(topic, ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt());
        try {
            return type.cast(reader.read(null, body(bytes)));
        } catch (IOException | RuntimeException e) {
            throw new SerializationException("topic " + topic + ": not readable as " + form, e);
        }
    }

    private static Decoder body(byte[] bytes) {
        return DecoderFactory.get()
                .binaryDecoder(bytes, WireFormat.PREFIX_BYTES, bytes.length - WireFormat.PREFIX_BYTES, null);
    }

    private DatumReader<T> reader(String topic, int id) {
        DatumReader<T> known = readers.get(id);
        if (known != null) {
            return known;
        }
        Schema writer = writer(topic, id);
        DatumReader<T> reader = readerOf.apply(writer);
        readers.put(id, reader);
        return reader;
    }

    private Schema writer(String topic, int id) {
        ParsedSchema writer;
        try {
            writer = registry.getSchemaBySubjectAndId(topic + subjectSuffix, id);
        } catch (IOException e) {
            throw new TimeoutException("the schema registry does not answer for schema id " + id, e);
        } catch (RestClientException e) {
            throw failure(topic, id, e);
        } catch (SerializationException e) {
            throw new SerializationException(
                    "topic " + topic + ": schema id " + id + " is not usable: " + e.getMessage(), e);
        }
        if (writer.rawSchema() instanceof Schema avro) {
            return avro;
        }
        throw new SerializationException("topic " + topic + ": schema id " + id + " is of type " + writer.schemaType());
    }

    private static RuntimeException failure(String topic, int id, RestClientException e) {
        if (RegistryFailures.isUnknown(e)) {
            return new SerializationException("topic " + topic + ": the schema registry has no schema id " + id, e);
        }
        int status = e.getStatus();
        if (status == HttpURLConnection.HTTP_NOT_FOUND) {
            return new TimeoutException(
                    "HTTP 404 for schema id " + id + ", but not from a schema registry; is its URL right?", e);
        }
        if (status >= HttpURLConnection.HTTP_INTERNAL_ERROR
                || status == TOO_MANY_REQUESTS
                || status == HttpURLConnection.HTTP_CLIENT_TIMEOUT) {
            return new TimeoutException("the schema registry does not answer for schema id " + id, e);
        }
        return new InvalidConfigurationException(
                "the schema registry refuses to answer for schema id " + id + ": " + RegistryFailures.reason(e), e);
    }

    void close() {
        try {
            registry.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
