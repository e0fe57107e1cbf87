package io.waltally.pipeline.storage;

import io.waltally.pipeline.state.BinarySerde;

/** What one table has of a subject in one partition of the source. */
record Part(Subject subject, String table, int partition) {
    static final BinarySerde<Part> SERDE = BinarySerde.ofKey(
            (part, output) -> part.subject.writeTo(output).text(part.table).sortedInt(part.partition),
            input -> new Part(Subject.readFrom(input), input.text(), input.sortedInt()));
}
