package io.waltally.pipeline.table;

import io.waltally.pipeline.deadletter.DeadLetterLimit;
import io.waltally.pipeline.deadletter.ReceivedValue;
import io.waltally.pipeline.deadletter.UncertainRows;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.RowStateMapping;
import io.waltally.pipeline.row.RowStateProcessor;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.Change;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Cdc topic -> row events. Dead letters and the results of replays go to their topics, in the transaction that consumes
 * the record.
 */
final class RowTopology {
    private final StreamsBuilder builder;
    private final TopicCatalogue topics;
    private final DeadLetterLimit limit;

    RowTopology(StreamsBuilder builder, TopicCatalogue topics, DeadLetterLimit limit) {
        this.builder = builder;
        this.topics = topics;
        this.limit = limit;
    }

    /**
     * For tables that grow.
     *
     * @param noun part of the processor names, such as {@code objects}
     * @param store name of the store of row states
     */
    <K extends SpecificRecord, R, I, S> KStream<I, RowEvent<S>> onDisk(
            Topic<K, Change<R>> topic,
            String noun,
            String store,
            Serde<I> identities,
            Serde<S> states,
            RowStateMapping<K, R, I, S> mapping) {
        return rowEvents(topic, noun, StateStores.onDisk(store, identities, states), states, mapping);
    }

    /** For tables that stay small. */
    <K extends SpecificRecord, R, I, S> KStream<I, RowEvent<S>> inMemory(
            Topic<K, Change<R>> topic,
            String noun,
            String store,
            Serde<I> identities,
            Serde<S> states,
            RowStateMapping<K, R, I, S> mapping) {
        return rowEvents(topic, noun, StateStores.inMemory(store, identities, states), states, mapping);
    }

    /** Name of the store of {@link UncertainRows}. */
    static String uncertainStore(String noun) {
        return "uncertain-" + noun;
    }

    private <K extends SpecificRecord, R, I, S> KStream<I, RowEvent<S>> rowEvents(
            Topic<K, Change<R>> topic,
            String noun,
            StoreBuilder<?> store,
            Serde<S> states,
            RowStateMapping<K, R, I, S> mapping) {
        String uncertain = uncertainStore(noun);
        Topic<byte[], byte[]> replays = topics.replaysOf(topic.name()).orElseThrow();
        builder.addStateStore(store);
        builder.addStateStore(UncertainRows.store(uncertain, states));
        RowStateProcessor.Definition<K, R, I, S> definition =
                new RowStateProcessor.Definition<>(topic.name(), replays.name(), store.name(), uncertain, mapping);
        KStream<I, RowEvent<S>> events = builder.stream(
                        List.of(topic.name(), replays.name()),
                        Consumed.with(ReceivedValue.serde(topic.keySerde()), ReceivedValue.serde(topic.valueSerde()))
                                .withName("read-" + noun))
                .process(
                        () -> new RowStateProcessor<>(definition, limit),
                        Named.as("row-state-" + noun),
                        store.name(),
                        uncertain);
        Topic<byte[], byte[]> deadLetters = topics.streamsDeadLetters();
        events.process(SelectDeadLetters::new, Named.as("select-dead-letters-of-" + noun))
                .to(
                        deadLetters.name(),
                        Produced.with(deadLetters.keySerde(), deadLetters.valueSerde())
                                .withName("write-dead-letters-of-" + noun));
        Topic<DeadLetterKey, DeadLetterEvent> results = topics.deadLetterEvents();
        events.process(SelectReplayResults::new, Named.as("select-replay-results-of-" + noun))
                .to(
                        results.name(),
                        Produced.with(results.keySerde(), results.valueSerde())
                                .withName("write-replay-results-of-" + noun));
        return events;
    }
}
