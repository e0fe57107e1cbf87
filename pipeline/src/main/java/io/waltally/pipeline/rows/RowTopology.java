package io.waltally.pipeline.rows;

import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.RowFold;
import io.waltally.pipeline.fold.RowRule;
import io.waltally.pipeline.poison.PoisonLimit;
import io.waltally.pipeline.poison.PoisonedRows;
import io.waltally.pipeline.poison.Received;
import io.waltally.pipeline.state.StateStores;
import io.waltally.schemas.Change;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.StoreBuilder;

/** Cdc topics folded row by row. What cannot be folded goes to the dead letter topic, in the transaction that consumes it. */
final class RowTopology {
    private final StreamsBuilder builder;
    private final TopicCatalogue topics;
    private final PoisonLimit limit;

    RowTopology(StreamsBuilder builder, TopicCatalogue topics, PoisonLimit limit) {
        this.builder = builder;
        this.topics = topics;
        this.limit = limit;
    }

    /**
     * For tables that grow.
     *
     * @param noun names the operators, such as {@code objects}
     * @param store keeps the states by what identifies them
     */
    <K extends SpecificRecord, R, I, S> KStream<I, RowEvent<S>> onDisk(
            Topic<K, Change<R>> topic,
            String noun,
            String store,
            Serde<I> identities,
            Serde<S> states,
            RowRule<K, R, I, S> rule) {
        return fold(topic, noun, StateStores.onDisk(store, identities, states), states, rule);
    }

    /** For tables that stay small. */
    <K extends SpecificRecord, R, I, S> KStream<I, RowEvent<S>> inMemory(
            Topic<K, Change<R>> topic,
            String noun,
            String store,
            Serde<I> identities,
            Serde<S> states,
            RowRule<K, R, I, S> rule) {
        return fold(topic, noun, StateStores.inMemory(store, identities, states), states, rule);
    }

    /** Name of the store of {@link PoisonedRows}. */
    static String poisonedStore(String noun) {
        return "poisoned-" + noun;
    }

    private <K extends SpecificRecord, R, I, S> KStream<I, RowEvent<S>> fold(
            Topic<K, Change<R>> topic, String noun, StoreBuilder<?> store, Serde<S> states, RowRule<K, R, I, S> rule) {
        String poisoned = poisonedStore(noun);
        Topic<byte[], byte[]> replays = topics.replaysOf(topic.name()).orElseThrow();
        builder.addStateStore(store);
        builder.addStateStore(PoisonedRows.store(poisoned, states));
        RowFold.Definition<K, R, I, S> definition =
                new RowFold.Definition<>(topic.name(), replays.name(), store.name(), poisoned, rule);
        KStream<I, RowEvent<S>> events = builder.stream(
                        List.of(topic.name(), replays.name()),
                        Consumed.with(Received.serde(topic.keySerde()), Received.serde(topic.valueSerde()))
                                .withName("read-" + noun))
                .process(() -> new RowFold<>(definition, limit), Named.as("fold-" + noun), store.name(), poisoned);
        Topic<byte[], byte[]> deadLetters = topics.streamsDeadLetters();
        events.process(SelectDeadLetters::new, Named.as("select-dead-letters-of-" + noun))
                .to(
                        deadLetters.name(),
                        Produced.with(deadLetters.keySerde(), deadLetters.valueSerde())
                                .withName("write-dead-letters-of-" + noun));
        return events;
    }
}
