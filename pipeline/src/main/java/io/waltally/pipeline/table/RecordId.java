package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;

/** Key of a row of bsos. Records of a collection are adjacent. */
public record RecordId(CollectionId collection, String id) {
    public static final BinarySerde<RecordId> SERDE = BinarySerde.ofKey(RecordId::writeTo, RecordId::readFrom);

    public BinaryOutput writeTo(BinaryOutput output) {
        return collection.writeTo(output).remainingText(id);
    }

    public static RecordId readFrom(BinaryInput input) {
        return new RecordId(CollectionId.readFrom(input), input.remainingText());
    }
}
