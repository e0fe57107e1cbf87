package io.waltally.connectors.capture.error;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.UnknownProducerIdException;
import org.jspecify.annotations.Nullable;

/** The kind of an error, which decides what a capture does next. */
public enum FailureKind {
    /** Retry from the watermark, after a pause. */
    RETRIABLE,
    /** The server refuses the login. Retry for a limited time, because an operator may fix it there. */
    REFUSED,
    /** Another process has taken over this source. */
    FENCED,
    /** A retry would fail again. */
    PERMANENT;

    private static final String INTERNAL_ERROR = "XX";

    /**
     * SQLSTATE classes: connection, insufficient resources, operator intervention, system and internal error. And an
     * object in use: the slot, for a moment after a crash.
     */
    private static final Set<String> RETRIABLE_CLASSES = Set.of("08", "53", "57", "58", INTERNAL_ERROR);

    /** HTTP: request timeout, too many requests. */
    private static final Set<Integer> BUSY = Set.of(408, 429);

    /** Class 28: invalid authorization. */
    private static final String INVALID_AUTHORIZATION = "28";

    private static final String NO_SUCH_DATABASE = "3D000";

    /** For example, the server asks for a password, and none is configured. */
    private static final String CONNECTION_REJECTED = "08004";

    private static final String OBJECT_IN_USE = "55006";

    /** A table was dropped while it was read. The next session does not capture it, or says that it is missing. */
    private static final String UNDEFINED_TABLE = "42P01";

    /** The server's transaction_timeout ended a session before the session could disable it. */
    private static final String TRANSACTION_TIMEOUT = "25P04";

    /** SQLSTATE of a lock timeout. */
    public static final String LOCK_NOT_AVAILABLE = "55P03";

    /** Classifies an error by the first known cause. An unknown error is permanent, because retries would hide it. */
    public static FailureKind of(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            FailureKind known = known(cause);
            if (known != null) {
                return known;
            }
        }
        return PERMANENT;
    }

    /** Whether Kafka says that the producer's transaction is not open any more, or not its own. */
    public static boolean isOfLostTransaction(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidTxnStateException || isFencing(cause)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether PostgreSQL reports an internal error, such as a corrupt page or a missing TOAST chunk. Retries meet it again
     * if it is due to the data that they read.
     */
    public static boolean isInternalError(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql
                    && String.valueOf(sql.getSQLState()).startsWith(INTERNAL_ERROR)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isFencing(Throwable error) {
        return error instanceof ProducerFencedException || error instanceof InvalidProducerEpochException;
    }

    private static @Nullable FailureKind known(Throwable error) {
        if (error instanceof CaptureException) {
            return PERMANENT;
        }
        if (error instanceof EngineException && error.getCause() == null) {
            // The engine gives no cause if it failed to query the server at its start. Permanent problems of the server
            // were detected before.
            return RETRIABLE;
        }
        if (isFencing(error)) {
            return FENCED;
        }
        if (error instanceof SourceConnectionException connection && connection.refused()) {
            return REFUSED;
        }
        if (error instanceof SQLException sql && sql.getSQLState() != null) {
            String state = sql.getSQLState();
            if (refusesLogin(state)) {
                return REFUSED;
            }
            boolean passes = state.equals(OBJECT_IN_USE)
                    || state.equals(LOCK_NOT_AVAILABLE)
                    || state.equals(UNDEFINED_TABLE)
                    || state.equals(TRANSACTION_TIMEOUT)
                    || (state.length() == 5 && RETRIABLE_CLASSES.contains(state.substring(0, 2)));
            return passes ? RETRIABLE : PERMANENT;
        }
        if (error instanceof RestClientException registry) {
            return registry.getStatus() >= 500 || BUSY.contains(registry.getStatus()) ? RETRIABLE : PERMANENT;
        }
        if (error instanceof TransactionAbortableException
                || error instanceof InvalidTxnStateException
                || error instanceof OutOfOrderSequenceException
                || error instanceof InvalidPidMappingException
                || error instanceof UnknownProducerIdException) {
            // A new start has a new producer, and continues from the committed watermark.
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

    /** Whether a server that answers with this SQLSTATE refuses the login, so that waiting alone does not help. */
    static boolean refusesLogin(String sqlState) {
        return sqlState.startsWith(INVALID_AUTHORIZATION)
                || sqlState.equals(NO_SUCH_DATABASE)
                || sqlState.equals(CONNECTION_REJECTED);
    }
}
