package io.waltally.iceberg.change;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Operation;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.serde.RegistryFailures;
import io.waltally.sinks.target.TargetException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;

/** Reads cdc records with the schemas that they were written with. */
public final class ChangeReader implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Map<String, String>>> BY_ROW_AND_COLUMN = new TypeReference<>() {};

    /** Statuses below 500 that say nothing about the record: credentials, rights, load. */
    private static final Set<Integer> NOT_FOR_THE_RECORD = Set.of(401, 403, 408, 429);

    private final KafkaAvroDeserializer keys;
    private final KafkaAvroDeserializer values;

    public ChangeReader(RegistryAccess registry) {
        keys = new KafkaAvroDeserializer(registry.client(), registry.serdeProperties(), true);
        values = new KafkaAvroDeserializer(registry.client(), registry.serdeProperties(), false);
    }

    /**
     * Reads a record. One without a value is a delete.
     *
     * @throws TargetException UNAVAILABLE if the registry does not answer, REFUSED if the record is not a change
     */
    public ChangelogRow read(ConsumerRecord<byte[], byte[]> record) {
        try {
            ChangeHeaders headers = ChangeHeaders.from(record.headers());
            ChangePosition place = new ChangePosition(headers.epoch(), headers.sequence(), headers.position());
            GenericRecord key = (GenericRecord) keys.deserialize(record.topic(), record.key());
            GenericRecord envelope = (GenericRecord) values.deserialize(record.topic(), record.value());
            if (envelope == null) {
                Instant committedAt = Instant.ofEpochMilli(record.timestamp());
                return new ChangelogRow(
                        Operation.DELETE, place, headers.transactionId(), committedAt, key, Map.of(), true);
            }
            Operation operation = Operation.of((CharSequence) envelope.get("op"));
            GenericRecord after = (GenericRecord) envelope.get("after");
            GenericRecord from = (GenericRecord) envelope.get("source");
            Instant committedAt = Instant.EPOCH.plus((long) from.get("ts_us"), ChronoUnit.MICROS);
            boolean deleted = operation == Operation.DELETE;
            if (deleted != (after == null) || operation == Operation.TRUNCATE) {
                throw new IllegalArgumentException(
                        "op " + operation.code() + (deleted ? " with" : " without") + " a row");
            }
            return new ChangelogRow(
                    operation,
                    place,
                    headers.transactionId(),
                    committedAt,
                    deleted ? key : after,
                    deleted ? Map.of() : unrepresentable(record),
                    false);
        } catch (SerializationException e) {
            throw failure(record, e);
        } catch (ApiException e) {
            // Confluent's deserializer reports error codes of three digits this way, without their cause.
            throw unavailable(e, e);
        } catch (RuntimeException e) {
            throw refused(record, e);
        }
    }

    private static Map<String, String> unrepresentable(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(ChangeHeaders.UNREPRESENTABLE);
        if (header == null) {
            return Map.of();
        }
        try {
            return JSON.readValue(new String(header.value(), StandardCharsets.UTF_8), BY_ROW_AND_COLUMN)
                    .getOrDefault("after", Map.of());
        } catch (JacksonException e) {
            // The message of the cause has a part of the header, which has values.
            throw new IllegalArgumentException(
                    "header " + ChangeHeaders.UNREPRESENTABLE + " is not of the form {row: {column: text}}");
        }
    }

    /** Confluent's deserializer reports bad records and a registry that does not answer alike. */
    private static TargetException failure(ConsumerRecord<byte[], byte[]> record, SerializationException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean temporary = cause instanceof RestClientException answer
                    ? isTemporary(answer)
                    : cause instanceof IOException && !(cause instanceof java.io.EOFException);
            if (temporary) {
                return unavailable(cause, failure);
            }
        }
        return refused(record, failure);
    }

    private static TargetException unavailable(Throwable reason, RuntimeException failure) {
        return new TargetException(
                TargetException.Kind.UNAVAILABLE,
                "the schema registry does not answer: " + RegistryFailures.reason(reason),
                failure);
    }

    private static boolean isTemporary(RestClientException answer) {
        int status = answer.getStatus();
        return status >= HttpURLConnection.HTTP_INTERNAL_ERROR
                || NOT_FOR_THE_RECORD.contains(status)
                || (status == HttpURLConnection.HTTP_NOT_FOUND && !RegistryFailures.isUnknown(answer));
    }

    private static TargetException refused(ConsumerRecord<byte[], byte[]> record, RuntimeException failure) {
        return new TargetException(
                TargetException.Kind.REFUSED,
                "%s-%d offset %d cannot be read as a change: %s"
                        .formatted(
                                record.topic(), record.partition(), record.offset(), RegistryFailures.reason(failure)),
                failure);
    }

    @Override
    public void close() {
        keys.close();
        values.close();
    }
}
