package io.waltally.pipeline.progress;

import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.state.StateStores;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;

/** How far each partition has told everything, as one that all of them tell knows it. */
public final class PartitionProgress {
    private final KeyValueStore<Integer, Position> positions;
    private final int partitions;

    private PartitionProgress(KeyValueStore<Integer, Position> positions, int partitions) {
        this.positions = positions;
        this.partitions = partitions;
    }

    /** Of that partition; empty if that changes nothing for all of them together. */
    public Optional<Position> told(int partition, Position position) {
        Position before = complete();
        positions.put(partition, position);
        Position after = complete();
        return after.equals(before) ? Optional.empty() : Optional.of(after);
    }

    /** Every partition has told everything up to here. */
    public Position complete() {
        Position least = null;
        for (int partition = 0; partition < partitions; partition++) {
            Position position = positions.get(partition);
            if (position == null) {
                return Position.START;
            }
            least = least == null || position.isBefore(least) ? position : least;
        }
        return least;
    }

    /**
     * The store.
     *
     * @param partitions how many have to tell
     */
    public record Definition(String store, int partitions) {
        public void addTo(StreamsBuilder builder) {
            builder.addStateStore(StateStores.inMemory(store, Serdes.Integer(), Position.SERDE));
        }

        /** In a processor that names the store. */
        public PartitionProgress in(ProcessingContext context) {
            return new PartitionProgress(context.getStateStore(store), partitions);
        }
    }
}
