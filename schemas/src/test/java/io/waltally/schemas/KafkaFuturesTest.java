package io.waltally.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.junit.jupiter.api.Test;

class KafkaFuturesTest {
    @Test
    void aFailedRequestThrowsWhatKafkaReported() {
        GroupIdNotFoundException reported = new GroupIdNotFoundException("no such group");
        assertThatExceptionOfType(GroupIdNotFoundException.class)
                .isThrownBy(() -> KafkaFutures.get(CompletableFuture.failedFuture(reported)))
                .isSameAs(reported);
    }

    @Test
    void anyOtherFailureIsWrapped() {
        IllegalStateException reported = new IllegalStateException("closed");
        assertThatExceptionOfType(KafkaException.class)
                .isThrownBy(() -> KafkaFutures.get(CompletableFuture.failedFuture(reported)))
                .withCause(reported);
    }

    @Test
    void anInterruptedThreadRemainsInterrupted() {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(KafkaException.class)
                .isThrownBy(() -> KafkaFutures.get(new CompletableFuture<>()))
                .withMessage("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aResultThatDoesNotComeInTimeIsATimeout() throws TimeoutException {
        assertThat(KafkaFutures.get(CompletableFuture.completedFuture("result"), Duration.ZERO))
                .isEqualTo("result");
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> KafkaFutures.get(new CompletableFuture<>(), Duration.ofMillis(1)));
    }
}
