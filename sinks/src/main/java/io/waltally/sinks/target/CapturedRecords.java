package io.waltally.sinks.target;

import io.waltally.schemas.ChangeHeaders;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Distinguishes records that capture wrote to a cdc topic from records of other producers. */
public final class CapturedRecords {
    private CapturedRecords() {}

    /** Empty if capture wrote the record. Any other is part of no transaction, so that none lacks it. */
    public static Optional<TargetException> refusal(ConsumerRecord<byte[], byte[]> record) {
        return ChangeHeaders.arePresent(record.headers())
                ? Optional.empty()
                : Optional.of(new TargetException(
                        TargetException.Kind.REFUSED,
                        "%s-%d offset %d is not from capture: it has no header %s"
                                .formatted(
                                        record.topic(), record.partition(), record.offset(), ChangeHeaders.SEQUENCE)));
    }
}
