package io.waltally.app.topic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.waltally.app.tally.AvroJson;
import io.waltally.app.tally.Json;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;
import org.apache.avro.generic.GenericContainer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Decodes the records of all topics: Avro with the schemas that wrote them, JSON, and dead letters of either. */
public final class RecordDecoder {
    private final String notifications;
    private final String captureDeadLetters;
    private final Deserializer<Object> keys;
    private final Deserializer<Object> values;

    /** The format of the keys and values of a topic. */
    private enum Format {
        AVRO,
        /** Keys are text, values JSON. */
        NOTIFICATION,
        /** Connect's JSON with schema. */
        CONNECT
    }

    public RecordDecoder(TopicCatalogue topics) {
        notifications = topics.notifications().name();
        captureDeadLetters = topics.captureDeadLetters().name();
        AvroSerdes serdes = topics.serdes();
        keys = serdes.generic(true);
        values = serdes.generic(false);
    }

    /**
     * Decodes a record. Bytes that cannot be decoded are returned with the reason.
     *
     * @throws org.apache.kafka.common.errors.TimeoutException if the registry does not answer
     * @throws org.apache.kafka.common.errors.InvalidConfigurationException if the registry refuses the request
     */
    public DecodedRecord decode(ConsumerRecord<byte[], byte[]> record) {
        Optional<DeadLetterHeaders> deadLetter = parsed(record.headers(), DeadLetterHeaders::from);
        Optional<ChangeHeaders> change =
                deadLetter.isPresent() ? Optional.empty() : parsed(record.headers(), ChangeHeaders::from);
        String origin = deadLetter.map(DeadLetterHeaders::topic).orElse(record.topic());
        Format format = format(record.topic(), origin);
        Decoded key = switch (format) {
            case AVRO -> decoded(record.key(), bytes -> avro(keys, origin, bytes));
            case NOTIFICATION -> decoded(record.key(), RecordDecoder::text);
            case CONNECT -> decoded(record.key(), RecordDecoder::connect);
        };
        Decoded value = switch (format) {
            case AVRO -> decoded(record.value(), bytes -> avro(values, origin, bytes));
            case NOTIFICATION -> decoded(record.value(), RecordDecoder::json);
            case CONNECT -> decoded(record.value(), RecordDecoder::connect);
        };
        return new DecodedRecord(record, key, value, change, deadLetter);
    }

    private Format format(String topic, String origin) {
        if (topic.equals(captureDeadLetters)) {
            return Format.CONNECT;
        }
        return origin.equals(notifications) ? Format.NOTIFICATION : Format.AVRO;
    }

    private static <T> Optional<T> parsed(Headers headers, Function<Headers, T> parse) {
        try {
            return Optional.of(parse.apply(headers));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Decoded decoded(byte @Nullable [] bytes, Function<byte[], Decoded> decode) {
        if (bytes == null) {
            return Decoded.ABSENT;
        }
        try {
            return decode.apply(bytes);
        } catch (SerializationException | IllegalArgumentException e) {
            return Decoded.unreadable(bytes, e.getMessage());
        }
    }

    private static Decoded avro(Deserializer<Object> deserializer, String topic, byte[] bytes) {
        Object value = deserializer.deserialize(topic, bytes);
        return Decoded.of(
                value instanceof GenericContainer container
                        ? AvroJson.node(container.getSchema(), value)
                        : JsonNodeFactory.instance.textNode(String.valueOf(value)));
    }

    private static Decoded text(byte[] bytes) {
        return Decoded.of(JsonNodeFactory.instance.textNode(new String(bytes, StandardCharsets.UTF_8)));
    }

    private static Decoded json(byte[] bytes) {
        return Decoded.of(Json.parse(new String(bytes, StandardCharsets.UTF_8)));
    }

    private static Decoded connect(byte[] bytes) {
        Decoded whole = json(bytes);
        return whole.json().has("payload") ? Decoded.of(whole.json().get("payload")) : whole;
    }
}
