package io.waltally.connectors.capture.stream;

import io.debezium.util.ApproximateStructSizeCalculator;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Records of the open transaction that are not published yet, because one before them depends on whether the transaction
 * changes its row again. Bounded by {@link #MAX_RECORDS} and {@link #MAX_BYTES}.
 */
final class TransactionLookahead {
    static final int MAX_RECORDS = 10_000;

    private static final long MAX_BYTES = 16L * 1024 * 1024;

    private final Deque<Sized> records = new ArrayDeque<>();
    private final Map<Row, Deque<SourceRecord>> byRow = new HashMap<>();
    private long bytes;

    private record Sized(SourceRecord record, long bytes) {}

    /** @param key null for a TRUNCATE */
    private record Row(String topic, @Nullable Object key) {
        static Row of(SourceRecord record) {
            return new Row(record.topic(), record.key());
        }
    }

    boolean isEmpty() {
        return records.isEmpty();
    }

    boolean isFull() {
        return records.size() > MAX_RECORDS || bytes > MAX_BYTES;
    }

    void add(SourceRecord record) {
        Sized sized = new Sized(record, ApproximateStructSizeCalculator.getApproximateRecordSize(record));
        records.add(sized);
        bytes += sized.bytes();
        byRow.computeIfAbsent(Row.of(record), row -> new ArrayDeque<>(1)).add(record);
    }

    /** Removes and returns the oldest record. */
    SourceRecord remove() {
        Sized oldest = records.remove();
        bytes -= oldest.bytes();
        byRow.computeIfPresent(Row.of(oldest.record()), (row, held) -> {
            held.remove();
            return held.isEmpty() ? null : held;
        });
        return oldest.record();
    }

    /** Whether a record that is held matches, and has the key of the given one, which was removed. */
    boolean isFollowedBy(SourceRecord record, Predicate<SourceRecord> predicate) {
        Deque<SourceRecord> later = byRow.get(Row.of(record));
        return later != null && later.stream().anyMatch(predicate);
    }
}
