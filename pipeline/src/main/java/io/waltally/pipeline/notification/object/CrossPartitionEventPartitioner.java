package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.topic.RoutedPartitioner;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * Sends events about an object to the partition of its rows of object_locations, and all others to every partition.
 */
final class CrossPartitionEventPartitioner implements StreamPartitioner<String, CrossPartitionEvent> {
    @Override
    public Optional<Set<Integer>> partitions(String topic, String key, CrossPartitionEvent event, int partitions) {
        if (event instanceof CrossPartitionEvent.UploadSeen seen) {
            return Optional.of(Set.of(partitionOf(seen.objectKey(), partitions)));
        }
        if (event instanceof CrossPartitionEvent.IntentDeleted deleted) {
            return Optional.of(Set.of(partitionOf(deleted.objectKey(), partitions)));
        }
        return Optional.of(IntStream.range(0, partitions).boxed().collect(Collectors.toSet()));
    }

    /**
     * The partition of an object key: the catalogue routes by the Avro form of the column, a length and the UTF-8
     * bytes.
     */
    static int partitionOf(String objectKey, int partitions) {
        return RoutedPartitioner.partition(new BinaryOutput().text(objectKey).toBytes(), partitions);
    }
}
