package io.waltally.pipeline.fold;

import io.waltally.pipeline.state.StateStores;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The last transaction of a partition that was judged. Those before it come again, and are no news: what they do is not
 * remembered, and their ends leave alone what is remembered of one that was open when a consumer group was set back.
 */
public final class LastJudged {
    private final KeyValueStore<String, Position> positions;
    private final String judge;
    private @Nullable Position last;

    private LastJudged(KeyValueStore<String, Position> positions, String judge) {
        this.positions = positions;
        this.judge = judge;
        this.last = positions.get(judge);
    }

    public static StoreBuilder<?> store(String name) {
        return StateStores.inMemory(name, Serdes.String(), Position.SERDE);
    }

    /**
     * In a processor that names the store.
     *
     * @param judge tells apart those that share a store
     */
    public static LastJudged in(ProcessingContext context, String store, String judge) {
        return new LastJudged(context.getStateStore(store), judge);
    }

    /**
     * Whether the transaction is there to be judged, which then it is. What a snapshot tells is no news. If it is not, what
     * is remembered belongs to another one.
     */
    public boolean judge(Position position, Commit commit) {
        if (commit.isSnapshot() || !isBefore(position)) {
            return false;
        }
        positions.put(judge, position);
        last = position;
        return true;
    }

    public boolean isBefore(Position position) {
        return last == null || last.isBefore(position);
    }
}
