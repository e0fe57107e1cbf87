package io.waltally.pipeline.row;

import io.waltally.pipeline.state.StateStores;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The last transaction of a partition that was classified. Earlier transactions are read again after a reset of the
 * consumer group, and must have no effect.
 */
public final class LastClassifiedTransaction {
    private final KeyValueStore<String, Position> positions;
    private final String classifier;
    private @Nullable Position last;

    private LastClassifiedTransaction(KeyValueStore<String, Position> positions, String classifier) {
        this.positions = positions;
        this.classifier = classifier;
        this.last = positions.get(classifier);
    }

    public static StoreBuilder<?> store(String name) {
        return StateStores.inMemory(name, Serdes.String(), Position.SERDE);
    }

    /**
     * In a processor that is connected to the store.
     *
     * @param classifier distinguishes the users of a shared store
     */
    public static LastClassifiedTransaction in(ProcessingContext context, String store, String classifier) {
        return new LastClassifiedTransaction(context.getStateStore(store), classifier);
    }

    /**
     * Records a transaction as classified.
     *
     * @return false for a snapshot, and for a transaction that was classified before: the caller then keeps what it has collected, which belongs to the open transaction
     */
    public boolean advance(Position position, Commit commit) {
        if (commit.isSnapshot() || !isBefore(position)) {
            return false;
        }
        positions.put(classifier, position);
        last = position;
        return true;
    }

    public boolean isBefore(Position position) {
        return last == null || last.isBefore(position);
    }
}
