package io.waltally.pipeline.notification;

import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.topic.RoutedPartitioner;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.streams.processor.StreamPartitioner;

/** What is about an object goes where its rows of object_locations are, the rest to every partition. */
final class TidingPartitioner implements StreamPartitioner<String, Tiding> {
    @Override
    public Optional<Set<Integer>> partitions(String topic, String key, Tiding tiding, int partitions) {
        if (tiding instanceof Tiding.UploadSeen seen) {
            return Optional.of(Set.of(partitionOf(seen.objectKey(), partitions)));
        }
        if (tiding instanceof Tiding.IntentDeleted deleted) {
            return Optional.of(Set.of(partitionOf(deleted.objectKey(), partitions)));
        }
        return Optional.of(IntStream.range(0, partitions).boxed().collect(Collectors.toSet()));
    }

    /** As the catalogue routes by a column of text, whose Avro body is its length as a number, and its UTF-8 form. */
    static int partitionOf(String objectKey, int partitions) {
        return RoutedPartitioner.partition(new BinaryOutput().text(objectKey).toBytes(), partitions);
    }
}
