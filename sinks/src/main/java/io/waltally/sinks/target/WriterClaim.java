package io.waltally.sinks.target;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * An instance's claim to be the only writer of some partitions.
 *
 * @param clusterId of the Kafka cluster
 * @param partitions each with the id of its topic, which changes if the topic is made again
 * @param reset empty if there was no request
 * @param topics whose records the sink writes. A target that has positions of others only does not know the sink: it had
 *     another type or other tables
 * @param start of a sink that the target does not know, or that is reset
 */
public record WriterClaim(
        String clusterId,
        Map<TopicPartition, Uuid> partitions,
        Optional<ResetRequest> reset,
        Set<String> topics,
        StartOffsets start) {
    public WriterClaim {
        partitions = Map.copyOf(partitions);
        topics = Set.copyOf(topics);
    }

    /** A claim of partitions of all topics of a sink, which begins at their beginning. */
    public WriterClaim(String clusterId, Map<TopicPartition, Uuid> partitions, Optional<ResetRequest> reset) {
        this(
                clusterId,
                partitions,
                reset,
                partitions.keySet().stream().map(TopicPartition::topic).collect(Collectors.toSet()),
                StartOffsets.BEGINNING);
    }
}
