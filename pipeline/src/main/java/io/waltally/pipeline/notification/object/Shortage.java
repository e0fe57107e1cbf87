package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.state.BinarySerde;

/**
 * An object that has too few copies.
 *
 * @param commit the transaction since which it has
 * @param copies the number of copies that the transaction left
 * @param notified whether a notification was emitted
 */
record Shortage(Commit commit, int copies, boolean notified) {
    static final BinarySerde<Shortage> SERDE = BinarySerde.ofValue(
            (shortage, output) -> {
                shortage.commit.writeTo(output);
                output.number(shortage.copies).flag(shortage.notified);
            },
            input -> new Shortage(Commit.readFrom(input), input.smallNumber(), input.flag()));

    Shortage markNotified() {
        return new Shortage(commit, copies, true);
    }

    /** Key of a shortage that was not notified yet, ordered by its beginning. */
    record Beginning(long time, String objectKey) {
        static final BinarySerde<Beginning> SERDE = BinarySerde.ofKey(
                (beginning, output) -> output.sortedLong(beginning.time).remainingText(beginning.objectKey),
                input -> new Beginning(input.sortedLong(), input.remainingText()));

        /** Sorts after every shortage that began at that time or before. */
        static Beginning after(long time) {
            return new Beginning(time + 1, "");
        }
    }
}
