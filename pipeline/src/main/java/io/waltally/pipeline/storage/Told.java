package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;

/** What a partition of the source tells the partitions that sum. Telling it twice changes nothing. */
sealed interface Told {
    BinarySerde<Told> SERDE = BinarySerde.ofValue(Told::write, Told::read);

    /** The origin. */
    int partition();

    /**
     * What the partition has of a subject, in all.
     *
     * @param commit the last transaction of that partition that moved the amounts
     */
    record Subtotal(int partition, Amounts amounts, Commit commit) implements Told {
        static final BinarySerde<Subtotal> SERDE = BinarySerde.ofValue(Subtotal::writeTo, Subtotal::readFrom);

        private void writeTo(BinaryOutput output) {
            output.number(partition);
            amounts.writeTo(output);
            commit.writeTo(output);
        }

        private static Subtotal readFrom(BinaryInput input) {
            return new Subtotal(input.smallNumber(), Amounts.readFrom(input), Commit.readFrom(input));
        }
    }

    /**
     * What a table of the partition has of a subject after a transaction.
     *
     * @param position of the transaction; {@link Position#START} if it happened beside those of the partition
     */
    record Settled(int partition, String table, Position position, Amounts amounts, Commit commit) implements Told {
        static final BinarySerde<Settled> SERDE = BinarySerde.ofValue(Settled::writeTo, Settled::readFrom);

        private void writeTo(BinaryOutput output) {
            position.writeTo(output.number(partition).text(table));
            amounts.writeTo(output);
            commit.writeTo(output);
        }

        private static Settled readFrom(BinaryInput input) {
            return new Settled(
                    input.smallNumber(),
                    input.text(),
                    Position.readFrom(input),
                    Amounts.readFrom(input),
                    Commit.readFrom(input));
        }
    }

    /** Goes to every partition: that one has told all its subtotals of transactions up to the position. */
    record Complete(int partition, Position position) implements Told {}

    private static void write(Told told, BinaryOutput output) {
        if (told instanceof Subtotal subtotal) {
            subtotal.writeTo(output.octet(1));
        } else if (told instanceof Complete complete) {
            complete.position.writeTo(output.octet(2).number(complete.partition));
        } else if (told instanceof Settled settled) {
            settled.writeTo(output.octet(3));
        }
    }

    private static Told read(BinaryInput input) {
        int kind = input.octet();
        return switch (kind) {
            case 1 -> Subtotal.readFrom(input);
            case 2 -> new Complete(input.smallNumber(), Position.readFrom(input));
            case 3 -> Settled.readFrom(input);
            default -> throw new IllegalArgumentException("unknown kind of subtotal: " + kind);
        };
    }
}
