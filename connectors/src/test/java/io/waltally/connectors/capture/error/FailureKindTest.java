package io.waltally.connectors.capture.error;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureKindTest {
    @ParameterizedTest
    @MethodSource
    void anErrorIsClassifiedByTheFirstCauseThatIsKnown(Throwable error, FailureKind expected) {
        assertThat(FailureKind.of(error)).isEqualTo(expected);
    }

    /** They may be an expired transaction of this process, whatever kind they are otherwise. */
    @ParameterizedTest
    @MethodSource
    void aLostTransactionIsRecognised(Throwable error, boolean lost) {
        assertThat(FailureKind.isOfLostTransaction(error)).isEqualTo(lost);
    }

    @Test
    void aCorruptTableIsAnInternalErrorAndALostConnectionIsNone() {
        assertThat(FailureKind.isInternalError(
                        new SourceQueryException("q", new SQLException("missing chunk number 0", "XX001"))))
                .isTrue();
        assertThat(FailureKind.isInternalError(new SQLException("terminating connection", "57P01")))
                .isFalse();
        assertThat(FailureKind.isInternalError(new SQLException("no state"))).isFalse();
    }

    static Stream<Arguments> aLostTransactionIsRecognised() {
        return Stream.of(
                Arguments.of(new KafkaException("state", new InvalidTxnStateException("aborted")), true),
                Arguments.of(new KafkaException("state", new InvalidProducerEpochException("epoch")), true),
                Arguments.of(new ProducerFencedException("epoch"), true),
                Arguments.of(new KafkaException(new TimeoutException("metadata")), false));
    }

    static Stream<Arguments> anErrorIsClassifiedByTheFirstCauseThatIsKnown() {
        return Stream.of(
                // The server is away, starts, stops, or still holds the slot of the process that died.
                Arguments.of(new SQLException("connection refused", "08001"), FailureKind.RETRIABLE),
                Arguments.of(new SQLException("terminating connection", "57P01"), FailureKind.RETRIABLE),
                Arguments.of(new SQLException("a table was dropped while it was read", "42P01"), FailureKind.RETRIABLE),
                Arguments.of(new SQLException("slot is active for PID 1", "55006"), FailureKind.RETRIABLE),
                Arguments.of(
                        new SQLException("canceling statement due to lock timeout", "55P03"), FailureKind.RETRIABLE),
                Arguments.of(
                        new SQLException("terminating connection due to transaction timeout", "25P04"),
                        FailureKind.RETRIABLE),
                Arguments.of(new KafkaException(new TimeoutException("metadata")), FailureKind.RETRIABLE),
                Arguments.of(new NotLeaderOrFollowerException("moved"), FailureKind.RETRIABLE),
                Arguments.of(new RuntimeException(new ConnectException("registry")), FailureKind.RETRIABLE),
                Arguments.of(
                        new SerializationException("s", new RestClientException("busy", 503, 50301)),
                        FailureKind.RETRIABLE),
                Arguments.of(
                        new SerializationException("s", new RestClientException("slow down", 429, 42901)),
                        FailureKind.RETRIABLE),
                Arguments.of(new SerializationException("s", new ConnectException("refused")), FailureKind.RETRIABLE),
                Arguments.of(
                        new DataException(new SerializationException("s", new UnknownHostException("registry"))),
                        FailureKind.RETRIABLE),
                Arguments.of(new EngineException("not valid: too many clients", null), FailureKind.RETRIABLE),
                // A new start has a new producer, and continues from the last watermark.
                Arguments.of(
                        new KafkaException("state", new InvalidTxnStateException("aborted")), FailureKind.RETRIABLE),
                Arguments.of(new TransactionAbortableException("abort"), FailureKind.RETRIABLE),
                // Somebody else took over.
                Arguments.of(new ProducerFencedException("epoch"), FailureKind.FENCED),
                Arguments.of(
                        new KafkaException("state", new InvalidProducerEpochException("epoch")), FailureKind.FENCED),
                // Somebody has to decide.
                Arguments.of(new CaptureException("no slot", new TimeoutException("x")), FailureKind.PERMANENT),
                Arguments.of(new SQLException("permission denied", "42501"), FailureKind.PERMANENT),
                Arguments.of(new SQLException("password", "28P01"), FailureKind.REFUSED),
                Arguments.of(new SQLException("no such role", "28000"), FailureKind.REFUSED),
                Arguments.of(new SQLException("no such database", "3D000"), FailureKind.REFUSED),
                Arguments.of(new SQLException("no password was provided", "08004"), FailureKind.REFUSED),
                Arguments.of(
                        new SerializationException("s", new RestClientException("incompatible", 409, 409)),
                        FailureKind.PERMANENT),
                Arguments.of(
                        new SerializationException("s", new RestClientException("unauthorized", 401, 40101)),
                        FailureKind.PERMANENT),
                Arguments.of(new CaptureException("409", new SchemaRefusedException("x", "y")), FailureKind.PERMANENT),
                Arguments.of(
                        UnprocessableChangeException.unwritable(new NullPointerException()), FailureKind.PERMANENT),
                Arguments.of(new DataException("not a decimal of scale 2"), FailureKind.PERMANENT),
                Arguments.of(new RecordTooLargeException("17 MB"), FailureKind.PERMANENT),
                Arguments.of(new TopicAuthorizationException("t"), FailureKind.PERMANENT),
                Arguments.of(new NullPointerException(), FailureKind.PERMANENT));
    }
}
