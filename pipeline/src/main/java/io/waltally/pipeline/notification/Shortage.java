package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.state.BinarySerde;

/**
 * An object has had fewer copies than it should since a transaction.
 *
 * @param commit the transaction
 * @param copies that it left
 * @param notified whether that has been told
 */
record Shortage(Commit commit, int copies, boolean notified) {
    static final BinarySerde<Shortage> SERDE = BinarySerde.ofValue(
            (shortage, output) -> {
                shortage.commit.writeTo(output);
                output.number(shortage.copies).flag(shortage.notified);
            },
            input -> new Shortage(Commit.readFrom(input), input.smallNumber(), input.flag()));

    Shortage told() {
        return new Shortage(commit, copies, true);
    }

    /** Key of one that is to be told once it has lasted, in the order in which they began. */
    record Beginning(long time, String objectKey) {
        static final BinarySerde<Beginning> SERDE = BinarySerde.ofKey(
                (beginning, output) -> output.sortedLong(beginning.time).remainingText(beginning.objectKey),
                input -> new Beginning(input.sortedLong(), input.remainingText()));

        /** Behind everything that began at that time or before. */
        static Beginning after(long time) {
            return new Beginning(time + 1, "");
        }
    }
}
