package io.waltally.sinks.engine;

import io.waltally.sinks.target.TargetException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Detects sinks that were stopped for longer than a compacted topic retains tombstones: rows deleted in the meantime
 * would remain in the target.
 */
final class MissedDeletions {
    /** The interval at which a position that does not advance is confirmed. */
    static final Duration CONFIRMATION = Duration.ofHours(1);

    private MissedDeletions() {}

    /**
     * The first partition that may have lost deletions which the target has not seen.
     *
     * @param positions of the target
     * @param ends of the topics
     * @param confirmedAt when the target last had a position
     * @param kept for how long each compacted topic keeps deletions
     */
    static Optional<TopicPartition> find(
            Map<TopicPartition, Long> positions,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Instant> confirmedAt,
            Map<String, Duration> kept,
            Instant now) {
        return positions.keySet().stream()
                .filter(partition -> kept.containsKey(partition.topic()))
                .filter(partition -> positions.get(partition) < ends.getOrDefault(partition, 0L))
                .filter(partition -> confirmedAt
                        .getOrDefault(partition, now)
                        .plus(kept.get(partition.topic()))
                        .isBefore(now))
                .findFirst();
    }

    /** @throws TargetException if deletions may have been missed */
    static void require(
            Sink sink,
            Map<TopicPartition, Long> positions,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, Instant> confirmedAt,
            Map<String, Duration> kept) {
        find(positions, ends, confirmedAt, kept, Instant.now()).ifPresent(partition -> {
            throw new TargetException(
                    TargetException.Kind.FOREIGN,
                    ("%s was last written by %s at %s, longer ago than topic %s keeps deletions (%d h): rows that were"
                                    + " deleted meanwhile could stay. To read the topics again from the beginning:"
                                    + " waltally sinks resume %s --reset")
                            .formatted(
                                    sink.destination(),
                                    sink,
                                    confirmedAt.get(partition),
                                    partition.topic(),
                                    kept.get(partition.topic()).toHours(),
                                    sink));
        });
    }
}
