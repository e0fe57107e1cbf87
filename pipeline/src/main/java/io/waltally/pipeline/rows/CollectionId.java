package io.waltally.pipeline.rows;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;

/** A collection of a user; sorts by user, then by collection. */
public record CollectionId(long userId, int collectionId) {
    public static final BinarySerde<CollectionId> SERDE =
            BinarySerde.ofKey(CollectionId::writeTo, CollectionId::readFrom);

    public BinaryOutput writeTo(BinaryOutput output) {
        return output.sortedLong(userId).sortedInt(collectionId);
    }

    public static CollectionId readFrom(BinaryInput input) {
        return new CollectionId(input.sortedLong(), input.sortedInt());
    }
}
