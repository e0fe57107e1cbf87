package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.state.BinarySerde;

/**
 * What one partition has of a subject. Absolute, so that telling it twice changes nothing.
 *
 * @param partition the origin
 * @param commit the last transaction of that partition that moved the amounts
 */
record Subtotal(int partition, Amounts amounts, Commit commit) {
    static final BinarySerde<Subtotal> SERDE = BinarySerde.ofValue(
            (subtotal, output) -> {
                output.number(subtotal.partition);
                subtotal.amounts.writeTo(output);
                subtotal.commit.writeTo(output);
            },
            input -> new Subtotal(input.smallNumber(), Amounts.readFrom(input), Commit.readFrom(input)));
}
