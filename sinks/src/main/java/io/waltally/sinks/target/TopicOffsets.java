package io.waltally.sinks.target;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * The offsets that are committed with a transaction of a target.
 *
 * @param next offset of the next record to be read, for partitions that the transaction advances
 * @param completeTo empty if the transaction does not end at a watermark
 */
public record TopicOffsets(Map<TopicPartition, Long> next, Optional<CompletePosition> completeTo) {
    public TopicOffsets {
        next = Map.copyOf(next);
    }

    /** Positions that are not those of a watermark. */
    public static TopicOffsets of(Map<TopicPartition, Long> next) {
        return new TopicOffsets(next, Optional.empty());
    }
}
