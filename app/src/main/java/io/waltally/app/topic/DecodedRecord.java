package io.waltally.app.topic;

import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record of a topic with its decoded key and value.
 *
 * @param change its place in the history of a source; empty if it is not a record of a cdc topic
 * @param deadLetter where it comes from, and why; empty if it is not a dead letter
 */
public record DecodedRecord(
        ConsumerRecord<byte[], byte[]> record,
        Decoded key,
        Decoded value,
        Optional<ChangeHeaders> change,
        Optional<DeadLetterHeaders> deadLetter) {

    public boolean isTombstone() {
        return record.value() == null;
    }

    /** The time of the change. */
    public Instant time() {
        return Instant.ofEpochMilli(record.timestamp());
    }
}
