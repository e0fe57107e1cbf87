package io.waltally.sinks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.sinks.target.TargetException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final RetryPolicy policy = new RetryPolicy();

    @Test
    void pausesGrowUntilSomethingIsWritten() {
        List<Long> seconds = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            seconds.add(
                    policy.pauseAfter(Kind.UNAVAILABLE, false, 0).orElseThrow().toSeconds());
        }
        assertThat(seconds).containsExactly(0L, 1L, 2L, 4L, 8L, 16L, 30L, 30L);
        assertThat(policy.pauseAfter(Kind.UNAVAILABLE, true, 0)).contains(RetryPolicy.FIRST_PAUSE);
    }

    @Test
    void whatIsWrittenBetweenRefusalsDoesNotShortenThePauseWhileTheLimitIsExhausted() {
        while (policy.refusals().permits(0)) {
            policy.pauseAfter(Kind.MISCONFIGURED, true, 0);
        }
        List<Optional<Duration>> pauses = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            pauses.add(policy.pauseAfter(Kind.MISCONFIGURED, true, MINUTE - 1));
        }
        assertThat(pauses).doesNotHaveDuplicates();
        assertThat(policy.isFutile(MINUTE - 1)).isTrue();
        assertThat(policy.pauseAfter(Kind.MISCONFIGURED, true, MINUTE)).contains(RetryPolicy.FIRST_PAUSE);
    }

    @Test
    void aFencedInstanceTriesAgainAtOnceUnlessItIsFencedAllTheTime() {
        for (int i = 0; i < 10; i++) {
            assertThat(policy.pauseAfter(Kind.FENCED, i % 2 == 0, i * MINUTE / 2))
                    .isEmpty();
        }
        assertThat(policy.pauseAfter(Kind.FENCED, true, 5 * MINUTE)).contains(RetryPolicy.FIRST_PAUSE);
        assertThat(policy.pauseAfter(Kind.FENCED, true, 5 * MINUTE)).contains(RetryPolicy.FIRST_PAUSE.multipliedBy(2));
        assertThat(policy.isFutile(5 * MINUTE)).isTrue();
        assertThat(policy.pauseAfter(Kind.FENCED, true, 10 * MINUTE))
                .as("the first is ten minutes ago")
                .isEmpty();
    }
}
