package io.waltally.sinks.engine;

import io.waltally.sinks.target.CompletePosition;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Tracks the source position up to which a target is complete: a published position is reached once the target has
 * read up to the topic ends that were taken after it.
 */
final class CompletePositionTracker {
    private Optional<Mark> mark = Optional.empty();

    private record Mark(CompletePosition published, Map<TopicPartition, Long> ends) {
        boolean isReached(Map<TopicPartition, Long> positions) {
            return ends.entrySet().stream().allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
        }
    }

    /**
     * @param published the position up to which everything is in the topics
     * @param ends reads the ends of the topics
     * @param positions reads the committed positions of all instances
     * @return the position that the target has reached since the last call; empty if it is the same
     */
    Optional<CompletePosition> advance(
            Supplier<Optional<CompletePosition>> published,
            Supplier<Map<TopicPartition, Long>> ends,
            Supplier<Map<TopicPartition, Long>> positions) {
        if (mark.isEmpty()) {
            mark = published.get().map(position -> new Mark(position, ends.get()));
        }
        Optional<CompletePosition> reached =
                mark.filter(set -> set.isReached(positions.get())).map(Mark::published);
        if (reached.isPresent()) {
            mark = Optional.empty();
        }
        return reached;
    }
}
