package io.waltally.app.run;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The wish of whoever started this process that it end: SIGINT or SIGTERM.
 *
 * <p>The JVM starts its shutdown hooks on a signal and would then exit with the signal's number. The hook here only passes
 * the wish on and waits: the main thread stops everything in order, as it also does without a signal, and its exit code
 * becomes the process's.
 */
public final class StopSignal {
    /** An orderly stop that takes longer is given up. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int FAILED = 1;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile int exitCode;

    /** From now on a signal ends in {@link #await} instead of ending the process. */
    public void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::stopInOrder, "stop-signal"));
    }

    private void stopInOrder() {
        if (finished.getCount() == 0) {
            return;
        }
        request();
        boolean inTime = false;
        try {
            inTime = finished.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!inTime) {
            System.err.println("waltally: not stopped within " + PATIENCE.toSeconds() + " s, giving up");
        }
        System.err.flush();
        Runtime.getRuntime().halt(inTime ? exitCode : FAILED);
    }

    public void request() {
        requested.countDown();
    }

    public boolean requested() {
        return requested.getCount() == 0;
    }

    /** Waits for the signal; false when the time has passed without it. */
    public boolean await(Duration time) {
        try {
            return requested.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Whoever interrupts the main thread wants what a signal wants.
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** The main thread has stopped everything; what is left is to exit. */
    public void finished(int code) {
        exitCode = code;
        finished.countDown();
    }
}
