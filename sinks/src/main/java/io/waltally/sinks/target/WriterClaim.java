package io.waltally.sinks.target;

import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * An instance's claim to be the only writer of some partitions.
 *
 * @param clusterId of the Kafka cluster
 * @param partitions each with the id of its topic, which changes if the topic is made again
 * @param reset empty if there was no request
 */
public record WriterClaim(String clusterId, Map<TopicPartition, Uuid> partitions, Optional<ResetRequest> reset) {
    public WriterClaim {
        partitions = Map.copyOf(partitions);
    }
}
