package io.waltally.pipeline.deadletter;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Limits the number of records that an instance sends to the dead letter topic per minute. Beyond it the cause is a
 * program or the registry rather than single records, and every record would become a dead letter. Thread-safe.
 */
public final class DeadLetterLimit {
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final int perMinute;
    private final Deque<Counted> window = new ArrayDeque<>();

    public DeadLetterLimit(int perMinute) {
        this.perMinute = perMinute;
    }

    /**
     * Counts one record.
     *
     * @param now in milliseconds
     * @throws DeadLetterLimitExceededException if the limit is exceeded
     */
    public synchronized void count(String topic, UnprocessableRecordException failure, long now) {
        while (!window.isEmpty() && window.peek().time() <= now - WINDOW.toMillis()) {
            window.remove();
        }
        window.add(new Counted(now, topic, failure.getMessage()));
        if (window.size() > perMinute) {
            Counted first = window.element();
            throw new DeadLetterLimitExceededException(window.size()
                    + " records within a minute could not be processed,"
                    + " more than streams.max-unprocessable-per-minute allows (" + perMinute
                    + "). The first one was in "
                    + first.topic() + ": " + first.problem()
                    + ". No record is lost: earlier ones are in dlq.streams ('waltally dlq list' shows why), and"
                    + " the others are read again at the next start. Fix the cause, or raise the limit");
        }
    }

    private record Counted(long time, String topic, String problem) {}
}
