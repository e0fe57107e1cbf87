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
        static final BinarySerde<Key> SERDE = BinarySerde.ofKey(
                (key, output) -> key.position.writeTo(output).remainingText(key.name),
                input -> new Key(Position.readFrom(input), input.remainingText()));

        /** Before everything that transactions at or after the position did. */
        static Key startOf(Position position) {
            return new Key(position, "");
        }
    }
}
