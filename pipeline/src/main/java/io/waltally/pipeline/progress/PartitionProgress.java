package io.waltally.pipeline.progress;

import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.StateStores;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.state.KeyValueStore;

/** The progress of all partitions, as received by one of them. */
public final class PartitionProgress {
    private final KeyValueStore<Integer, Position> positions;
    private final int partitions;

    private PartitionProgress(KeyValueStore<Integer, Position> positions, int partitions) {
        this.positions = positions;
        this.partitions = partitions;
    }

    /**
     * Records the progress of one partition.
     *
     * @return the new progress of all partitions together; empty if it did not change
     */
    public Optional<Position> advance(int partition, Position position) {
        Position before = complete();
        positions.put(partition, position);
        Position after = complete();
        return after.equals(before) ? Optional.empty() : Optional.of(after);
    }

    /** The position up to which every partition is complete. */
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
     * @param partitions number of partitions that emit progress
     */
    public record Definition(String store, int partitions) {
        public void addTo(StreamsBuilder builder) {
            builder.addStateStore(StateStores.inMemory(store, Serdes.Integer(), Position.SERDE));
        }

        /** The progress in the store that the processor is connected to. */
        public PartitionProgress in(ProcessingContext context) {
            return new PartitionProgress(context.getStateStore(store), partitions);
        }
    }
}
