package io.waltally.pipeline.rows;

import io.waltally.pipeline.fold.RowEvent;
import io.waltally.pipeline.fold.RowFold;
import io.waltally.pipeline.fold.RowRule;
import io.waltally.schemas.Change;
import io.waltally.schemas.Topic;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.state.StoreBuilder;

/** A cdc topic folded row by row. */
final class RowTopology {
    private RowTopology() {}

    /** @param noun names the operators, such as {@code objects} */
    static <K, R, I, S> KStream<I, RowEvent<S>> fold(
            StreamsBuilder builder,
            Topic<K, Change<R>> topic,
            String noun,
            StoreBuilder<?> store,
            RowRule<K, R, I, S> rule) {
        builder.addStateStore(store);
        return builder.stream(
                        topic.name(),
                        Consumed.with(topic.keySerde(), topic.valueSerde()).withName("read-" + noun))
                .process(() -> new RowFold<>(store.name(), rule), Named.as("fold-" + noun), store.name());
    }
}
