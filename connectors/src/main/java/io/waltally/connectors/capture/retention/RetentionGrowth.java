package io.waltally.connectors.capture.retention;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Measures how fast the retained WAL grows. The slot of a capture that keeps up advances in steps of several seconds,
 * and the retained WAL grows in between. So the minima of two successive half minutes are compared.
 */
final class RetentionGrowth {
    private static final long HALF = TimeUnit.SECONDS.toNanos(30);
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long nanos, long bytes) {}

    /** @param nanos of a monotonic clock */
    void add(long nanos, long bytes) {
        samples.addLast(new Sample(nanos, bytes));
        while (nanos - samples.getFirst().nanos() > 2 * HALF) {
            samples.removeFirst();
        }
    }

    /** Discards all samples, after a gap. */
    void clear() {
        samples.clear();
    }

    /** Empty until the samples cover more than half a minute. */
    Optional<Double> bytesPerSecond() {
        if (samples.isEmpty()) {
            return Optional.empty();
        }
        long middle = samples.getLast().nanos() - HALF;
        return lowest(middle, false)
                .flatMap(older -> lowest(middle, true)
                        .map(newer ->
                                (newer.bytes() - older.bytes()) * NANOS_PER_SECOND / (newer.nanos() - older.nanos())));
    }

    private Optional<Sample> lowest(long middle, boolean newer) {
        return samples.stream()
                .filter(sample -> (sample.nanos() - middle > 0) == newer)
                .min(Comparator.comparingLong(Sample::bytes));
    }
}
