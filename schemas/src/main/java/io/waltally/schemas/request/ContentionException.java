package io.waltally.schemas.request;

import org.apache.kafka.common.KafkaException;

/** An {@link ExclusiveTransaction} was not committed in time, because others began theirs again and again. */
public final class ContentionException extends KafkaException {
    private static final long serialVersionUID = 1L;

    ContentionException(String message, Throwable cause) {
        super(message, cause);
    }
}
