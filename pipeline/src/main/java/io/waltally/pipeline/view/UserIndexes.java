package io.waltally.pipeline.view;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.streams.errors.InvalidStateStoreException;

/** The user indexes of this instance's current partitions. Each index lives as long as the task of its partition. */
public final class UserIndexes {
    private final Map<Integer, UserIndex> byPartition = new ConcurrentHashMap<>();

    UserIndex open(int partition) {
        UserIndex index = new UserIndex();
        byPartition.put(partition, index);
        return index;
    }

    void close(int partition, UserIndex index) {
        byPartition.remove(partition, index);
    }

    /** Sums over the users of all partitions that are processed here; empty unless lists have read all of them. */
    public Optional<UserTotals> totals() {
        Optional<UserTotals> sum = Optional.of(UserTotals.NONE);
        for (UserIndex index : byPartition.values()) {
            sum = sum.flatMap(before -> index.totalsIfFilled().map(before::plus));
        }
        return sum.filter(known -> !byPartition.isEmpty());
    }

    /** @throws InvalidStateStoreException if the partition is not processed here */
    UserIndex of(int partition) {
        UserIndex index = byPartition.get(partition);
        if (index == null) {
            throw new InvalidStateStoreException("partition " + partition + " of users is not processed here");
        }
        return index;
    }
}
