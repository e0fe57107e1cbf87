package io.waltally.pipeline.poison;

import io.waltally.schemas.DeadLetterHeaders;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** A record cannot be read or folded. The message tells nothing of what the record holds; the causes may. */
public final class Poison extends Exception {
    private static final long serialVersionUID = 1;

    private static final byte[] TRUE = {'1'};

    /** @param defect of the record, to stand after its place */
    public Poison(String defect, @Nullable Throwable cause) {
        super(cause == null ? defect : defect + " (" + first(cause).getClass().getName() + ")", cause);
    }

    /**
     * The record for the dead letter topic: key, value and headers as received, and {@link DeadLetterHeaders}.
     *
     * @param attributed whether a tally will show that the record is missing
     */
    public Record<byte[], byte[]> letter(
            Record<? extends Received<?>, ? extends Received<?>> record, RecordMetadata place, boolean attributed) {
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
        if (!attributed) {
            headers.add(DeadLetterHeaders.UNATTRIBUTED, TRUE);
        }
        return new Record<>(record.key().bytes(), record.value().bytes(), record.timestamp(), headers);
    }

    private static Throwable first(Throwable error) {
        Throwable first = error;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return first;
    }
}
