package io.waltally.pipeline.storage;

import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.topic.RoutedPartitioner;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * Sends subtotals to the partition to which the catalogue routes the subject's tally, and progress to every partition.
 */
final class PartitionUpdatePartitioner implements StreamPartitioner<TallySubject, PartitionUpdate> {
    @Override
    public Optional<Set<Integer>> partitions(
            String topic, TallySubject subject, PartitionUpdate update, int partitions) {
        if (update instanceof PartitionUpdate.Complete) {
            return Optional.of(IntStream.range(0, partitions).boxed().collect(Collectors.toSet()));
        }
        byte[] body = new BinaryOutput().text(subject.name()).toBytes();
        return Optional.of(Set.of(RoutedPartitioner.partition(body, partitions)));
    }
}
