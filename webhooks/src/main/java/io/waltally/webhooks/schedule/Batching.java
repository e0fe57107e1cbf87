package io.waltally.webhooks.schedule;

import java.time.Duration;

/**
 * The rule by which events share requests.
 *
 * @param size largest number of events of a request; with 1 each event has a request of its own
 * @param bytes largest body of a request, unless a single event is larger
 * @param linger longest time that an event waits for others
 */
public record Batching(int size, long bytes, Duration linger) {
    private static final int MAX_SIZE = 1_000;
    private static final long MIN_BYTES = 1 << 10;
    private static final Duration MAX_LINGER = Duration.ofMinutes(10);

    /** Each event has a request of its own. */
    public static final Batching OFF = new Batching(1, 1 << 20, Duration.ofSeconds(1));

    /** @throws IllegalArgumentException naming the rule that is broken */
    public Batching {
        if (size < 1 || size > MAX_SIZE) {
            throw new IllegalArgumentException("batch-size is " + size + ": must be from 1 to " + MAX_SIZE + " events");
        }
        if (bytes < MIN_BYTES || bytes > DeliverySchedule.WINDOW_BYTES) {
            throw new IllegalArgumentException("batch-bytes is " + bytes + ": must be from " + (MIN_BYTES >> 10)
                    + "KiB to " + (DeliverySchedule.WINDOW_BYTES >> 20) + "MiB");
        }
        if (linger.isNegative() || linger.compareTo(MAX_LINGER) > 0) {
            throw new IllegalArgumentException(
                    "batch-linger is " + linger.toMillis() + "ms: must be from 0ms to " + MAX_LINGER.toMinutes() + "m");
        }
    }

    /** Whether requests are batches. */
    public boolean enabled() {
        return size > 1;
    }
}
