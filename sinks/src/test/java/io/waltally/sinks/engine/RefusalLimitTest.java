package io.waltally.sinks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RefusalLimitTest {
    @Test
    void refusalsPerMinuteAreLimited() {
        RefusalLimit limit = new RefusalLimit();
        for (int i = 0; i < RefusalLimit.PER_MINUTE; i++) {
            assertThat(limit.permits(i)).isTrue();
        }
        assertThat(limit.permits(TimeUnit.SECONDS.toNanos(59))).isFalse();
        long minute = TimeUnit.MINUTES.toNanos(1);
        assertThat(limit.permits(minute)).as("the first is a minute ago").isTrue();
        assertThat(limit.permits(minute)).as("the second is not").isFalse();
        assertThat(limit.permits(minute + 1)).as("now it is").isTrue();
    }
}
