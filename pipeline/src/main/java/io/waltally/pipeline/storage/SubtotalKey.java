package io.waltally.pipeline.storage;

import io.waltally.pipeline.state.BinarySerde;

/** Identifies the subtotal of a subject from one origin in one partition. */
record SubtotalKey(TallySubject subject, String origin, int partition) {
    static final BinarySerde<SubtotalKey> SERDE = BinarySerde.ofKey(
            (key, output) -> key.subject.writeTo(output).text(key.origin).sortedInt(key.partition),
            input -> new SubtotalKey(TallySubject.readFrom(input), input.text(), input.sortedInt()));
}
