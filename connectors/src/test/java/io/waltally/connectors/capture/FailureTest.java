package io.waltally.connectors.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTest {
    @ParameterizedTest
    @MethodSource
    void anErrorIsJudgedByTheFirstCauseThatIsKnown(Throwable error, Failure expected) {
        assertThat(Failure.of(error)).isEqualTo(expected);
    }

    static Stream<Arguments> anErrorIsJudgedByTheFirstCauseThatIsKnown() {
        return Stream.of(
                // The server is away, starts, stops, or still holds the slot of the process that died.
                Arguments.of(new SQLException("connection refused", "08001"), Failure.RETRIABLE),
                Arguments.of(new SQLException("terminating connection", "57P01"), Failure.RETRIABLE),
                Arguments.of(new SQLException("slot is active for PID 1", "55006"), Failure.RETRIABLE),
                Arguments.of(new SQLException("canceling statement due to lock timeout", "55P03"), Failure.RETRIABLE),
                Arguments.of(new KafkaException(new TimeoutException("metadata")), Failure.RETRIABLE),
                Arguments.of(new NotLeaderOrFollowerException("moved"), Failure.RETRIABLE),
                Arguments.of(new RuntimeException(new ConnectException("registry")), Failure.RETRIABLE),
                Arguments.of(
                        new SerializationException("s", new RestClientException("busy", 503, 50301)),
                        Failure.RETRIABLE),
                Arguments.of(
                        new SerializationException("s", new RestClientException("slow down", 429, 42901)),
                        Failure.RETRIABLE),
                Arguments.of(new SerializationException("s", new ConnectException("refused")), Failure.RETRIABLE),
                Arguments.of(
                        new DataException(new SerializationException("s", new UnknownHostException("registry"))),
                        Failure.RETRIABLE),
                Arguments.of(new CaptureEngine.EngineException("not valid: too many clients", null), Failure.RETRIABLE),
                // Somebody else took over.
                Arguments.of(new ProducerFencedException("epoch"), Failure.FENCED),
                Arguments.of(new KafkaException("state", new InvalidProducerEpochException("epoch")), Failure.FENCED),
                // Somebody has to decide.
                Arguments.of(new CaptureException("no slot", new TimeoutException("x")), Failure.PERMANENT),
                Arguments.of(new SQLException("permission denied", "42501"), Failure.PERMANENT),
                Arguments.of(new SQLException("password", "28P01"), Failure.PERMANENT),
                Arguments.of(
                        new SerializationException("s", new RestClientException("incompatible", 409, 409)),
                        Failure.PERMANENT),
                Arguments.of(
                        new SerializationException("s", new RestClientException("unauthorized", 401, 40101)),
                        Failure.PERMANENT),
                Arguments.of(new CaptureException("409", new SchemaRefusedException("x", "y")), Failure.PERMANENT),
                Arguments.of(PoisonException.unwritable(new NullPointerException()), Failure.PERMANENT),
                Arguments.of(new DataException("not a decimal of scale 2"), Failure.PERMANENT),
                Arguments.of(new RecordTooLargeException("17 MB"), Failure.PERMANENT),
                Arguments.of(new TopicAuthorizationException("t"), Failure.PERMANENT),
                Arguments.of(new NullPointerException(), Failure.PERMANENT));
    }
}
