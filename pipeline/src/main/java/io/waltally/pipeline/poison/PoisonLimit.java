package io.waltally.pipeline.poison;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many records an instance sets aside in a minute. Beyond that it is not single records that are wrong, but a program
 * or a registry, and going on would set aside everything. Thread-safe.
 */
public final class PoisonLimit {
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final int perMinute;
    private final Deque<Seen> window = new ArrayDeque<>();

    public PoisonLimit(int perMinute) {
        this.perMinute = perMinute;
    }

    /**
     * Counts one more.
     *
     * @param now in milliseconds
     * @throws PoisonLimitExceededException if that is too many
     */
    public synchronized void count(String topic, Poison poison, long now) {
        while (!window.isEmpty() && window.peek().time() <= now - WINDOW.toMillis()) {
            window.remove();
        }
        window.add(new Seen(now, topic, poison.getMessage()));
        if (window.size() > perMinute) {
            Seen first = window.element();
            throw new PoisonLimitExceededException(
                    window.size() + " records within a minute could not be read or folded,"
                            + " more than streams.max-poison-per-minute allows (" + perMinute + "). Of the first, in "
                            + first.topic() + ", " + first.defect()
                            + ". No record is lost: those set aside before are in dlq.streams ('waltally dlq list' tells why), and"
                            + " the others are read again at the next start. Mend the cause, or raise the limit");
        }
    }

    private record Seen(long time, String topic, String defect) {}
}
