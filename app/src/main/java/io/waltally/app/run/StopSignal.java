package io.waltally.app.run;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A request to stop the process: SIGINT or SIGTERM.
 *
 * <p>On a signal the JVM starts its shutdown hooks and would exit with the signal's number. The hook here only forwards
 * the request and waits: the main thread stops everything in order, as it does without a signal, and its exit code
 * becomes that of the process.
 */
public final class StopSignal {
    /** An orderly stop that takes longer is abandoned. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int FAILED = 1;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile int exitCode;

    /** Installs the hook: from now on a signal ends {@link #await} instead of the process. */
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

    /** Waits for the signal; returns false on timeout. */
    public boolean await(Duration time) {
        try {
            return requested.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // An interrupt of the main thread means the same as a signal.
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** The main thread has stopped everything and is about to exit. */
    public void finished(int code) {
        exitCode = code;
        finished.countDown();
    }
}
