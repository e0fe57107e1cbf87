package io.waltally.sinks.target;

import java.time.Duration;
import java.time.Instant;

/**
 * The last request of an operator to empty the target of a sink, and to read the topics again from the beginning. A
 * target follows it once.
 *
 * @param at by the clock of the command or the instance that took it
 */
public record ResetRequest(String id, Instant at) {
    /** For so long a writer may go on that has not seen the request. The clocks may differ, too. */
    private static final Duration TOLERANCE = Duration.ofMinutes(10);

    /**
     * Whether a target may follow it. What was written since was not meant: the request is one of another cluster that
     * has the same sink, or of a time to which Kafka was restored.
     *
     * @param written when the target was last written
     */
    public boolean isAfter(Instant written) {
        return at.plus(TOLERANCE).isAfter(written);
    }
}
