package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import java.util.ArrayList;
import java.util.List;

/**
 * What a transaction did to some objects. It waits for what other partitions have to tell of the transaction.
 *
 * @param verdicts in the order of object keys, which the {@link Key} of the first stands for
 */
record Judgement(Commit commit, List<OfObject> verdicts) {
    static final BinarySerde<Judgement> SERDE =
            BinarySerde.ofValue(Judgement::write, Judgement::read, Judgement::readSingle);

    Judgement {
        verdicts = List.copyOf(verdicts);
    }

    private static void write(Judgement judgement, BinaryOutput output) {
        judgement.commit.writeTo(output).number(judgement.verdicts.size());
        for (OfObject one : judgement.verdicts) {
            one.verdict.writeTo(output.text(one.objectKey));
        }
    }

    private static Judgement read(BinaryInput input) {
        Commit commit = Commit.readFrom(input);
        int count = input.smallNumber();
        List<OfObject> verdicts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            verdicts.add(new OfObject(input.text(), Verdict.readFrom(input)));
        }
        return new Judgement(commit, verdicts);
    }

    /** Of one object, whose key is in the {@link Key} only. */
    private static Judgement readSingle(BinaryInput input) {
        Verdict verdict = Verdict.readFrom(input);
        return new Judgement(Commit.readFrom(input), List.of(new OfObject("", verdict)));
    }

    /**
     * What it did to one.
     *
     * @param objectKey empty if it is that of the {@link Key}
     */
    record OfObject(String objectKey, Verdict verdict) {}

    /** Key of something that a transaction did to something; sorts by transaction. */
    record Key(Position position, String name) {
        /** What PostgreSQL's text cannot hold. Sorts before every object. */
        private static final String SHORTAGE = "\0";

        static final BinarySerde<Key> SERDE = BinarySerde.ofKey(
                (key, output) -> key.position.writeTo(output).remainingText(key.name),
                input -> new Key(Position.readFrom(input), input.remainingText()));

        /** Of a shortage of the object that is told at the position, before what a transaction there did to it. */
        static Key ofShortage(Position position, String objectKey) {
            return new Key(position, SHORTAGE + objectKey);
        }

        String objectKey() {
            return name.startsWith(SHORTAGE) ? name.substring(SHORTAGE.length()) : name;
        }

        /** Before everything that transactions at or after the position did. */
        static Key startOf(Position position) {
            return new Key(position, "");
        }
    }
}
