package io.waltally.connectors.capture;

import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.Topic;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Writes changes for the dead letter topic: key and value in Connect's JSON with schema, from which Kafka's {@link
 * JsonConverter} makes the change again. A value that is too large for a record, or that JSON cannot hold either, is
 * left out; its row is then to be read from the table again.
 */
final class DeadLetters {
    private final Topic<byte[], byte[]> topic;
    private final int largestRecord;
    private final JsonConverter keys = new JsonConverter();
    private final JsonConverter values = new JsonConverter();

    /** @param largestRecord in bytes */
    DeadLetters(Topic<byte[], byte[]> topic, int largestRecord) {
        this.topic = topic;
        this.largestRecord = largestRecord;
        // Decimals as numbers, which may also be of another scale than their schema's.
        Map<String, Object> config = Map.of("schemas.enable", true, "decimal.format", "numeric");
        keys.configure(config, true);
        values.configure(config, false);
    }

    String topic() {
        return topic.name();
    }

    /**
     * @param headers of the change
     * @param partition where it should have gone
     * @param withoutValue how to come by the row if the value is left out
     */
    ProducerRecord<byte[], byte[]> write(
            SourceRecord change,
            Headers headers,
            int partition,
            long timestamp,
            PoisonException poison,
            String withoutValue) {
        byte[] key = keys.fromConnectData(change.topic(), change.keySchema(), change.key());
        byte[] value = poison.tooLarge() ? null : value(change);
        ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(topic.name(), 0, timestamp, key, value, headers);
        if (value != null && RecordSize.upperBound(letter) > largestRecord) {
            value = null;
            letter = new ProducerRecord<>(topic.name(), 0, timestamp, key, null, headers);
        }
        String message = value == null ? poison.getMessage() + ". " + withoutValue : poison.getMessage();
        Throwable error = poison.getCause() == null ? poison : poison.getCause();
        new DeadLetterHeaders(
                        change.topic(),
                        OptionalInt.of(partition),
                        OptionalLong.empty(),
                        error.getClass().getName(),
                        message)
                .addTo(letter.headers());
        return letter;
    }

    private byte @Nullable [] value(SourceRecord change) {
        try {
            return values.fromConnectData(change.topic(), change.valueSchema(), change.value());
        } catch (DataException e) {
            return null;
        }
    }
}
