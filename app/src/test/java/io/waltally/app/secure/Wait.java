package io.waltally.app.secure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for a condition. */
final class Wait {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Wait() {}

    static void until(String what, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!condition.call()) {
                assertThat(System.nanoTime()).as(what).isLessThan(deadline);
                Thread.sleep(50);
            }
        } catch (Exception e) {
            throw new AssertionError(what + ": " + e.getMessage(), e);
        }
    }
}
