package io.waltally.sinks.engine;

import io.waltally.sinks.target.CompletePosition;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Counts what a sink does. Thread-safe. */
final class SinkMeasures {
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Deque<Written> recent = new ArrayDeque<>();
    private long rows;
    private long batches;
    private long lastBatch;
    private long retries;
    private long deadLetters;
    private Optional<CompletePosition> completeTo = Optional.empty();

    private record Written(long nanos, long rows) {}

    synchronized void wrote(long records, long written) {
        rows += written;
        batches++;
        lastBatch = records;
        recent.addLast(new Written(System.nanoTime(), written));
        forget();
    }

    synchronized void retried() {
        retries++;
    }

    synchronized void setAside() {
        deadLetters++;
    }

    /** @param position empty if rows are missing from the target, as after a reset */
    synchronized void complete(Optional<CompletePosition> position) {
        completeTo = position;
    }

    private void forget() {
        long now = System.nanoTime();
        while (!recent.isEmpty() && now - recent.getFirst().nanos() > WINDOW_NANOS) {
            recent.removeFirst();
        }
    }

    synchronized long rows() {
        return rows;
    }

    synchronized double rowsPerSecond() {
        forget();
        return recent.stream().mapToLong(Written::rows).sum() / (double) TimeUnit.NANOSECONDS.toSeconds(WINDOW_NANOS);
    }

    synchronized long batches() {
        return batches;
    }

    synchronized long lastBatch() {
        return lastBatch;
    }

    synchronized long retries() {
        return retries;
    }

    synchronized long deadLetters() {
        return deadLetters;
    }

    synchronized Optional<CompletePosition> completeTo() {
        return completeTo;
    }
}
