package io.waltally.schemas.serde;

import org.apache.kafka.common.errors.SerializationException;

/** The schema id of a record belongs to another kind of schema, such as Protobuf: another producer wrote the record. */
public final class NotAvroException extends SerializationException {
    private static final long serialVersionUID = 1L;

    NotAvroException(String message) {
        super(message);
    }

    /** Whether a failure to read a record is due to one. */
    public static boolean isCauseOf(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof NotAvroException) {
                return true;
            }
        }
        return false;
    }
}
