package io.waltally.sinks.target;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Where a sink begins that does not begin at the beginning of its topics. The target records the offsets of all
 * partitions at once, so that whichever instance claims a partition later begins there.
 *
 * @param first of a sink that the target does not know; without partitions that begin at their beginning
 * @param afterReset of a sink that is reset; without partitions that begin at their beginning
 */
public record StartOffsets(Map<TopicPartition, Start> first, Map<TopicPartition, Start> afterReset) {
    /** Of sinks that begin at the beginning of their topics. */
    public static final StartOffsets BEGINNING = new StartOffsets(Map.of(), Map.of());

    public StartOffsets {
        first = Map.copyOf(first);
        afterReset = Map.copyOf(afterReset);
    }

    /**
     * @param topicId of the topic
     * @param next offset of the first record to be read
     */
    public record Start(Uuid topicId, long next) {}
}
