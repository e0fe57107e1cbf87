package io.waltally.pipeline.notification;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;

/**
 * What a transaction did to an object, as far as its copies tell.
 *
 * @param backend of the first copy that was added, or removed
 * @param size of the plaintext
 * @param copiesDeleted 0 unless removed
 */
record Verdict(Kind kind, String backend, long size, int copiesDeleted) {
    enum Kind {
        REMOVED,
        CREATED,
        /** As many copies gone as added, with the same contents: a move, unless someone meant to write the object. */
        MOVED_OR_CREATED
    }

    void writeTo(BinaryOutput output) {
        output.constant(kind).text(backend).number(size).number(copiesDeleted);
    }

    static Verdict readFrom(BinaryInput input) {
        return new Verdict(input.constant(Kind.values()), input.text(), input.number(), input.smallNumber());
    }
}
