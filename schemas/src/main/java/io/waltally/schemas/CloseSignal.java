package io.waltally.schemas;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The request to a background thread to end. */
public final class CloseSignal {
    private final CountDownLatch closing = new CountDownLatch(1);

    public void close() {
        closing.countDown();
    }

    public boolean isClosed() {
        return closing.getCount() == 0;
    }

    /** Waits for the signal; returns false on timeout. An interrupt counts as the signal. */
    public boolean closedWithin(Duration time) {
        try {
            return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
