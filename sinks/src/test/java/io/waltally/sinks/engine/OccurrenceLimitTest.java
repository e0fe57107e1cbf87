package io.waltally.sinks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OccurrenceLimitTest {
    @Test
    void occurrencesWithinTheWindowAreLimited() {
        OccurrenceLimit limit = new OccurrenceLimit(60, Duration.ofMinutes(1));
        for (int i = 0; i < 60; i++) {
            assertThat(limit.permits(i)).isTrue();
        }
        assertThat(limit.permits(TimeUnit.SECONDS.toNanos(59))).isFalse();
        long minute = TimeUnit.MINUTES.toNanos(1);
        assertThat(limit.permits(minute)).as("the first is a minute ago").isTrue();
        assertThat(limit.isExhausted(minute)).isTrue();
        assertThat(limit.permits(minute)).as("the second is not").isFalse();
        assertThat(limit.isExhausted(minute + 1)).isFalse();
        assertThat(limit.permits(minute + 1)).as("now it is").isTrue();
    }
}
