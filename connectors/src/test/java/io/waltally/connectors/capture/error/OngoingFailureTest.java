package io.waltally.connectors.capture.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OngoingFailureTest {
    private final AtomicLong now = new AtomicLong();
    private final OngoingFailure failure = new OngoingFailure(now::get);

    @Test
    void eachNewReasonIsNewsAndTheSameOneOncePerMinute() {
        assertThat(failure.shouldLog("refused")).isTrue();
        passes(Duration.ofSeconds(59));
        assertThat(failure.shouldLog("refused")).isFalse();
        passes(Duration.ofSeconds(1));
        assertThat(failure.shouldLog("refused")).isTrue();
        assertThat(failure.shouldLog("wrong password")).isTrue();
        assertThat(failure.shouldLog("wrong password")).isFalse();
        assertThat(failure.lasts()).isEqualTo(Duration.ofMinutes(1));
        assertThat(failure.reason()).contains("wrong password");
    }

    @Test
    void aSuccessEndsItAndTheNextFailureIsNews() {
        assertThat(failure.end()).isFalse();
        failure.shouldLog("refused");
        passes(Duration.ofSeconds(1));
        assertThat(failure.end()).isTrue();
        assertThat(failure.lasts()).isZero();
        assertThat(failure.shouldLog("refused")).isTrue();
    }

    private void passes(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
