package io.waltally.pipeline.progress;

import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.StateStores;
import io.waltally.pipeline.topic.RoutedPartitioner;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.control.Applied;
import io.waltally.schemas.control.AppliedKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;

/**
 * The output of a stage: tallies, numbered per partition, followed by the position up to which the output is complete.
 * The stage of notifications writes no tallies here, only its position. Each task writes to its own partition only, so
 * the numbers have no gaps.
 */
public final class StageOutput {
    private final OutputStage stage;
    private final TopicCatalogue topics;
    private final String sequences;

    public StageOutput(OutputStage stage, TopicCatalogue topics) {
        this.stage = stage;
        this.topics = topics;
        this.sequences = stage.id() + "-sequences";
    }

    public StageOutput addTo(StreamsBuilder builder) {
        builder.addStateStore(StateStores.inMemory(sequences, Serdes.String(), Serdes.Long()));
        return this;
    }

    /** @param noun part of the processor names, such as {@code backend-quotas} */
    public <K extends SpecificRecord, V> void write(KStream<K, V> tallies, Topic<K, V> topic, String noun) {
        tallies.process(
                        () -> new AssignSequenceNumbers<K, V>(topic.name(), sequences),
                        Named.as("number-" + noun),
                        sequences)
                .to(
                        topic.name(),
                        Produced.with(topic.keySerde(), topic.valueSerde())
                                .withStreamPartitioner(new RoutedPartitioner<>(topic.routing()))
                                .withName("write-" + noun));
    }

    /** @param complete positions up to which the written tallies are complete */
    public void emit(KStream<?, Position> complete) {
        ProcessorSupplier<Object, Position, AppliedKey, Applied> emit = () -> new EmitApplied(stage, sequences);
        complete.process(emit, Named.as("emit-applied-" + stage.id()), sequences)
                .to(
                        topics.applied().name(),
                        Produced.with(
                                        topics.applied().keySerde(),
                                        topics.applied().valueSerde())
                                .withName("write-applied-" + stage.id()));
    }
}
