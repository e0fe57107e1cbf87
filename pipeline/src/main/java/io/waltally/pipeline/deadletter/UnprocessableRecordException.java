package io.waltally.pipeline.deadletter;

import io.waltally.schemas.DeadLetterHeaders;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** A record cannot be deserialized or applied. The message contains no row data; the causes may. */
public final class UnprocessableRecordException extends Exception {
    private static final long serialVersionUID = 1;

    private static final byte[] TRUE = {'1'};

    /** @param defect description of the defect, to be printed after the record's place */
    public UnprocessableRecordException(String defect, @Nullable Throwable cause) {
        super(cause == null ? defect : defect + " (" + first(cause).getClass().getName() + ")", cause);
    }

    /**
     * The record for the dead letter topic: key, value and headers as received, and {@link DeadLetterHeaders}.
     *
     * @param attributed whether a tally will be marked as degraded on account of the record
     * @param now in milliseconds
     */
    public Record<byte[], byte[]> letter(
            Record<? extends ReceivedValue<?>, ? extends ReceivedValue<?>> record,
            RecordMetadata place,
            boolean attributed,
            long now) {
        Headers headers = new RecordHeaders(record.headers());
        Throwable first = first(this);
        new DeadLetterHeaders(
                        place.topic(),
                        OptionalInt.of(place.partition()),
                        OptionalLong.of(place.offset()),
                        first.getClass().getName(),
                        first == this || first.getMessage() == null
                                ? getMessage()
                                : getMessage() + ": " + first.getMessage())
                .addTo(headers);
        DeadLetterHeaders.addTime(headers, now);
        DeadLetterHeaders.addOriginalTimestamp(headers, record.timestamp());
        if (!attributed) {
            headers.add(DeadLetterHeaders.UNATTRIBUTED, TRUE);
        }
        return new Record<>(record.key().bytes(), record.value().bytes(), now, headers);
    }

    private static Throwable first(Throwable error) {
        Throwable first = error;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return first;
    }
}
