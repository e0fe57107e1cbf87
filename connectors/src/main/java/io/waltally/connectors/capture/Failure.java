package io.waltally.connectors.capture;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.UnknownProducerIdException;
import org.jspecify.annotations.Nullable;

/** What an error means for a capture. */
enum Failure {
    /** It may pass: start again from the watermark, after a pause. */
    RETRIABLE,
    /** Another process has taken over this source. */
    FENCED,
    /** It will not pass by itself. */
    PERMANENT;

    /**
     * SQLSTATE classes: connection, insufficient resources, operator intervention, system and internal error, and an
     * object in use (the slot, for moments after a crash).
     */
    private static final Set<String> RETRIABLE_CLASSES = Set.of("08", "53", "57", "58", "XX");

    /** HTTP: request timeout, too many requests. */
    private static final Set<Integer> BUSY = Set.of(408, 429);

    private static final String OBJECT_IN_USE = "55006";

    /** SQLSTATE of a wait for a lock that took too long. */
    static final String LOCK_NOT_AVAILABLE = "55P03";

    /** Judges by the first cause that is known; what is known by none is permanent, since a loop would hide it. */
    static Failure of(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            Failure known = known(cause);
            if (known != null) {
                return known;
            }
        }
        return PERMANENT;
    }

    private static @Nullable Failure known(Throwable error) {
        if (error instanceof CaptureException) {
            return PERMANENT;
        }
        if (error instanceof CaptureEngine.EngineException && error.getCause() == null) {
            // It says no more where it could not ask the server on its way in; what is wrong there for good is found
            // before.
            return RETRIABLE;
        }
        if (error instanceof ProducerFencedException || error instanceof InvalidProducerEpochException) {
            return FENCED;
        }
        if (error instanceof SQLException sql && sql.getSQLState() != null) {
            String state = sql.getSQLState();
            boolean passes = state.equals(OBJECT_IN_USE)
                    || state.equals(LOCK_NOT_AVAILABLE)
                    || (state.length() == 5 && RETRIABLE_CLASSES.contains(state.substring(0, 2)));
            return passes ? RETRIABLE : PERMANENT;
        }
        if (error instanceof RestClientException registry) {
            return registry.getStatus() >= 500 || BUSY.contains(registry.getStatus()) ? RETRIABLE : PERMANENT;
        }
        if (error instanceof TransactionAbortableException
                || error instanceof OutOfOrderSequenceException
                || error instanceof InvalidPidMappingException
                || error instanceof UnknownProducerIdException) {
            // Another start has another producer, and goes on from what is committed.
            return RETRIABLE;
        }
        if (error instanceof RetriableException
                || error instanceof TimeoutException
                || error instanceof org.apache.kafka.connect.errors.RetriableException
                || error instanceof IOException
                || error instanceof InterruptedException) {
            return RETRIABLE;
        }
        return null;
    }
}
