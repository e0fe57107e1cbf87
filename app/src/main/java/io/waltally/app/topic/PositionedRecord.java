package io.waltally.app.topic;

import io.waltally.schemas.ChangeHeaders;
import java.util.Comparator;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record of a cdc topic with its place in the history of the source, by which it is ordered. */
record PositionedRecord(ChangeHeaders headers, ConsumerRecord<byte[], byte[]> record) {
    static final Comparator<PositionedRecord> ORDER = Comparator.<PositionedRecord>comparingInt(
                    placed -> placed.headers().epoch())
            .thenComparingLong(placed -> placed.headers().sequence())
            .thenComparingLong(placed -> placed.headers().position());

    /** @throws IllegalArgumentException if a header is missing or malformed */
    static PositionedRecord of(ConsumerRecord<byte[], byte[]> record) {
        return new PositionedRecord(ChangeHeaders.from(record.headers()), record);
    }

    boolean isOfSameTransaction(PositionedRecord other) {
        return headers.epoch() == other.headers.epoch() && headers.sequence() == other.headers.sequence();
    }
}
