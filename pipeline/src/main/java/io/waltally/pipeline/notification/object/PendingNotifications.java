package io.waltally.pipeline.notification.object;

import io.waltally.pipeline.notification.ObjectClassification;
import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import java.util.ArrayList;
import java.util.List;

/**
 * Classifications of a transaction's objects, which wait for events of other partitions about the transaction.
 *
 * @param classifications in the order of object keys; the first one is in the {@link Key}
 */
record PendingNotifications(Commit commit, List<OfObject> classifications) {
    static final BinarySerde<PendingNotifications> SERDE = BinarySerde.ofValue(
            PendingNotifications::write, PendingNotifications::read, PendingNotifications::readSingle);

    PendingNotifications {
        classifications = List.copyOf(classifications);
    }

    private static void write(PendingNotifications pending, BinaryOutput output) {
        pending.commit.writeTo(output).number(pending.classifications.size());
        for (OfObject one : pending.classifications) {
            one.classification.writeTo(output.text(one.objectKey));
        }
    }

    private static PendingNotifications read(BinaryInput input) {
        Commit commit = Commit.readFrom(input);
        int count = input.smallNumber();
        List<OfObject> classifications = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            classifications.add(new OfObject(input.text(), ObjectClassification.readFrom(input)));
        }
        return new PendingNotifications(commit, classifications);
    }

    /** The form of one object, whose key is only in the {@link Key}. */
    private static PendingNotifications readSingle(BinaryInput input) {
        ObjectClassification classification = ObjectClassification.readFrom(input);
        return new PendingNotifications(Commit.readFrom(input), List.of(new OfObject("", classification)));
    }

    /**
     * The classification of one object.
     *
     * @param objectKey empty if it is that of the {@link Key}
     */
    record OfObject(String objectKey, ObjectClassification classification) {}

    /** A transaction and a name; sorts by transaction. */
    record Key(Position position, String name) {
        /** A character that PostgreSQL's text cannot contain, so the key sorts before those of objects. */
        private static final String SHORTAGE = "\0";

        static final BinarySerde<Key> SERDE = BinarySerde.ofKey(
                (key, output) -> key.position.writeTo(output).remainingText(key.name),
                input -> new Key(Position.readFrom(input), input.remainingText()));

        /**
         * The key of a shortage of the object. It sorts before the changes of the transaction at the same position.
         */
        static Key ofShortage(Position position, String objectKey) {
            return new Key(position, SHORTAGE + objectKey);
        }

        String objectKey() {
            return name.startsWith(SHORTAGE) ? name.substring(SHORTAGE.length()) : name;
        }

        /** Sorts before everything of transactions at or after the position. */
        static Key startOf(Position position) {
            return new Key(position, "");
        }
    }
}
