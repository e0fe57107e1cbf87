package io.waltally.sinks.target;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * A request of an instance to be the only writer of some partitions.
 *
 * @param clusterId of the Kafka cluster
 * @param partitions each with the id of its topic, which changes if the topic is made again
 * @param resetId the last request to read the topics again from the beginning; empty if there was none
 */
public record WriterClaim(String clusterId, Map<TopicPartition, Uuid> partitions, String resetId) {
    public WriterClaim {
        partitions = Map.copyOf(partitions);
    }
}
