package io.waltally.connectors.capture.encoding;

import io.waltally.connectors.capture.error.UnprocessableChangeException;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.topic.Topic;
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
 * Encodes changes for the dead letter topic: key and value in Connect's JSON with schema, from which Kafka's {@link
 * JsonConverter} restores the change. A value that is too large for a record, or that JSON cannot express, is omitted;
 * its row has to be read from the table again. So is the header of unrepresentable values, if that alone is too large.
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
        // Decimals as numbers, whose scale may differ from that of the schema.
        Map<String, Object> config = Map.of("schemas.enable", true, "decimal.format", "numeric");
        keys.configure(config, true);
        values.configure(config, false);
    }

    String topic() {
        return topic.name();
    }

    /**
     * @param headers of the change
     * @param partition the partition of the change in its topic
     * @param timestamp of the change's record
     * @param withoutValue how to restore the row if the value is omitted
     */
    ProducerRecord<byte[], byte[]> write(
            SourceRecord change,
            Headers headers,
            int partition,
            long timestamp,
            UnprocessableChangeException failure,
            String withoutValue) {
        DeadLetterHeaders.addOriginalTimestamp(headers, timestamp);
        long now = System.currentTimeMillis();
        byte[] key = keys.fromConnectData(change.topic(), change.keySchema(), change.key());
        byte[] value = failure.tooLarge() ? null : value(change);
        ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(topic.name(), 0, now, key, value, headers);
        if (value != null && RecordSize.upperBound(letter) > largestRecord) {
            value = null;
            letter = new ProducerRecord<>(topic.name(), 0, now, key, null, headers);
        }
        String message = value == null ? failure.getMessage() + ". " + withoutValue : failure.getMessage();
        if (RecordSize.upperBound(letter) > largestRecord) {
            // Its texts are as long as the values that they stand for.
            letter.headers().remove(ChangeHeaders.UNREPRESENTABLE);
            message += ". Header " + ChangeHeaders.UNREPRESENTABLE + " is left out, too";
        }
        Throwable error = failure.getCause() == null ? failure : failure.getCause();
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
