package io.waltally.connectors.capture.error;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A failure that is retried. Decides which attempts are worth a line in the log: the first one, each with another
 * reason, and one per minute. Thread-safe.
 */
public final class OngoingFailure {
    private static final Duration REMINDER = Duration.ofMinutes(1);

    private final LongSupplier nanoTime;
    private @Nullable String reason;
    private long began;
    private long logged;

    public OngoingFailure() {
        this(System::nanoTime);
    }

    OngoingFailure(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Records a failed attempt; returns whether it is to be logged. */
    public synchronized boolean shouldLog(String why) {
        long now = nanoTime.getAsLong();
        if (reason == null) {
            began = now;
        }
        boolean news = !why.equals(reason) || now - logged >= REMINDER.toNanos();
        reason = why;
        if (news) {
            logged = now;
        }
        return news;
    }

    /** The time since the first failed attempt; zero after only one, and while nothing fails. */
    public synchronized Duration lasts() {
        return reason == null ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - began);
    }

    /** The reason of the last failed attempt; empty while nothing fails. */
    public synchronized Optional<String> reason() {
        return Optional.ofNullable(reason);
    }

    /** Records a success; returns whether attempts had failed before. */
    public synchronized boolean end() {
        boolean failed = reason != null;
        reason = null;
        return failed;
    }
}
