package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import java.util.Comparator;

/** A collection of a user; sorts by user, then by collection. */
public record CollectionId(long userId, int collectionId) implements Comparable<CollectionId> {
    public static final BinarySerde<CollectionId> SERDE =
            BinarySerde.ofKey(CollectionId::writeTo, CollectionId::readFrom);

    private static final Comparator<CollectionId> ORDER =
            Comparator.comparingLong(CollectionId::userId).thenComparingInt(CollectionId::collectionId);

    @Override
    public int compareTo(CollectionId other) {
        return ORDER.compare(this, other);
    }

    public BinaryOutput writeTo(BinaryOutput output) {
        return output.sortedLong(userId).sortedInt(collectionId);
    }

    public static CollectionId readFrom(BinaryInput input) {
        return new CollectionId(input.sortedLong(), input.sortedInt());
    }
}
