package io.waltally.pipeline.storage;

import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.topic.RoutedPartitioner;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.streams.processor.StreamPartitioner;

/** What is told of a subject goes where the catalogue routes its tally, by its name; the rest to every partition. */
final class ToldPartitioner implements StreamPartitioner<Subject, Told> {
    @Override
    public Optional<Set<Integer>> partitions(String topic, Subject subject, Told told, int partitions) {
        if (told instanceof Told.Complete) {
            return Optional.of(IntStream.range(0, partitions).boxed().collect(Collectors.toSet()));
        }
        byte[] body = new BinaryOutput().text(subject.name()).toBytes();
        return Optional.of(Set.of(RoutedPartitioner.partition(body, partitions)));
    }
}
