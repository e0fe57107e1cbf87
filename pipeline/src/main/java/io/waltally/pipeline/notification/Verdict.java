package io.waltally.pipeline.notification;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;

/**
 * What a transaction did to an object, as far as its copies tell.
 *
 * @param backend of the first copy that was added, or removed
 * @param size of the plaintext
 * @param copies that were deleted, or that are left of an object that should have more; 0 if created
 */
record Verdict(Kind kind, String backend, long size, int copies) {
    enum Kind {
        REMOVED,
        CREATED,
        /** As many copies gone as added, with the same contents: a move, unless someone meant to write the object. */
        MOVED_OR_CREATED,
        UNDER_REPLICATED
    }

    static Verdict underReplicated(int copies) {
        return new Verdict(Kind.UNDER_REPLICATED, "", 0, copies);
    }

    void writeTo(BinaryOutput output) {
        output.constant(kind).text(backend).number(size).number(copies);
    }

    static Verdict readFrom(BinaryInput input) {
        return new Verdict(input.constant(Kind.values()), input.text(), input.number(), input.smallNumber());
    }
}
