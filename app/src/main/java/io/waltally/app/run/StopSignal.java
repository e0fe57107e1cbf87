package io.waltally.app.run;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A request to stop the process: SIGINT, SIGTERM or SIGHUP.
 *
 * <p>The main thread stops everything in order, as it does without a signal, and its exit code becomes that of the
 * process. A JVM that keeps the signals to itself would exit with the signal's number after its shutdown hooks; there a
 * hook forwards the request and waits.
 */
public final class StopSignal {
    /** An orderly stop that takes longer is abandoned. */
    static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** The time that the process needs to end after everything has stopped. */
    private static final Duration EXIT = Duration.ofSeconds(1);

    private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");
    private static final int FAILED = 1;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile Duration timeout = TIMEOUT;
    private volatile long requestedAt;
    private volatile int exitCode;

    /** From now on a signal ends {@link #await} instead of the process. */
    public void install() {
        install(TIMEOUT);
    }

    /**
     * Like {@link #install()}, for a command that has more to stop.
     *
     * @param longest an orderly stop that takes longer is abandoned
     */
    public void install(Duration longest) {
        timeout = longest;
        Runtime.getRuntime().addShutdownHook(new Thread(this::runShutdownHook, "stop-signal"));
        SIGNALS.forEach(signal -> ProcessSignals.handle(signal, this::stop));
    }

    /** The JVM's own shutdown follows when the main thread exits: it removes temporary files, which a halt leaves. */
    private void stop() {
        request();
        if (!finishedInTime()) {
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private void runShutdownHook() {
        if (finished.getCount() == 0) {
            return;
        }
        request();
        boolean inTime = finishedInTime();
        System.err.flush();
        Runtime.getRuntime().halt(inTime ? exitCode : FAILED);
    }

    private boolean finishedInTime() {
        boolean inTime = false;
        try {
            inTime = finished.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!inTime) {
            System.err.println("waltally: not stopped within " + timeout.toSeconds() + " s, giving up");
            System.err.flush();
        }
        return inTime;
    }

    public synchronized void request() {
        if (!requested()) {
            requestedAt = System.nanoTime();
            requested.countDown();
        }
    }

    /**
     * The time when something that stops has to give up, on the clock of {@link System#nanoTime}: before the whole stop
     * is abandoned, which counts from the signal.
     *
     * @param longest the most that it takes from now
     */
    long deadline(Duration longest) {
        long now = System.nanoTime();
        if (!requested()) {
            return now + longest.toNanos();
        }
        Duration left = timeout.minus(EXIT).minusNanos(now - requestedAt);
        return now + (left.compareTo(longest) < 0 ? left : longest).toNanos();
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
