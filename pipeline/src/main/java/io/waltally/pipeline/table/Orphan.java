package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinarySerde;

/** A row of cleanup_queue: bytes on a backend that no object refers to any more. */
public record Orphan(String backend, long bytes) {
    public static final BinarySerde<Orphan> SERDE = BinarySerde.ofValue(
            (orphan, output) -> output.text(orphan.backend).number(orphan.bytes),
            input -> new Orphan(input.text(), input.number()));
}
