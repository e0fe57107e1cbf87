package io.waltally.pipeline.notification;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;

/**
 * The effect of a transaction on an object, determined by its copies alone.
 *
 * @param backend of the first copy that was added or removed
 * @param size of the plaintext in bytes
 * @param copies number of deleted copies, or of the remaining copies of an under-replicated object; 0 if created
 */
public record ObjectClassification(Kind kind, String backend, long size, int copies) {
    public enum Kind {
        REMOVED,
        CREATED,
        /**
         * As many copies were removed as were added, with the same contents: a move, unless the application meant to
         * write the object.
         */
        MOVED_OR_CREATED,
        UNDER_REPLICATED
    }

    public static ObjectClassification underReplicated(int copies) {
        return new ObjectClassification(Kind.UNDER_REPLICATED, "", 0, copies);
    }

    public void writeTo(BinaryOutput output) {
        output.constant(kind).text(backend).number(size).number(copies);
    }

    public static ObjectClassification readFrom(BinaryInput input) {
        return new ObjectClassification(
                input.constant(Kind.values()), input.text(), input.number(), input.smallNumber());
    }
}
