package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.state.BinarySerde;

/** A verdict that waits for what other partitions have to tell of its transaction. */
record Judgement(Verdict verdict, Commit commit) {
    static final BinarySerde<Judgement> SERDE = BinarySerde.ofValue(
            (judgement, output) -> {
                judgement.verdict.writeTo(output);
                judgement.commit.writeTo(output);
            },
            input -> new Judgement(Verdict.readFrom(input), Commit.readFrom(input)));

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
