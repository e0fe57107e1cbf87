package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinarySerde;

/** Key of a row of multipart_parts. */
public record PartKey(String uploadId, int partNumber) {
    public static final BinarySerde<PartKey> SERDE = BinarySerde.ofKey(
            (key, output) -> output.text(key.uploadId).sortedInt(key.partNumber),
            input -> new PartKey(input.text(), input.sortedInt()));
}
