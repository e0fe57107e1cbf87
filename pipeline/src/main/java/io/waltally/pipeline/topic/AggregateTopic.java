package io.waltally.pipeline.topic;

import io.waltally.schemas.Topic;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;

/** A topic of tallies, written where the catalogue routes its keys. */
public final class AggregateTopic<K extends SpecificRecord, V> {
    private final Topic<K, V> topic;

    public AggregateTopic(Topic<K, V> topic) {
        this.topic = topic;
    }

    /** @param operator its name */
    public void write(KStream<K, V> tallies, String operator) {
        tallies.to(
                topic.name(),
                Produced.with(topic.keySerde(), topic.valueSerde())
                        .withStreamPartitioner(new RoutedPartitioner<>(topic.routing()))
                        .withName(operator));
    }
}
