package io.waltally.pipeline.storage;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.tally.Amounts;

/** An update that a partition of the source sends to the partitions that compute sums. Updates are idempotent. */
sealed interface PartitionUpdate {
    BinarySerde<PartitionUpdate> SERDE = BinarySerde.ofValue(PartitionUpdate::write, PartitionUpdate::read);

    /** The sending partition. */
    int partition();

    /**
     * The subtotal of a subject in the sending partition, over all tables.
     *
     * @param commit the last transaction of that partition that changed it
     */
    record Subtotal(int partition, Amounts amounts, Commit commit) implements PartitionUpdate {
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
     * The subtotal of a subject from one origin in the sending partition, after a transaction.
     *
     * @param position of the transaction; {@link Position#START} if the change was non-transactional
     */
    record TransactionSubtotal(int partition, String origin, Position position, Amounts amounts, Commit commit)
            implements PartitionUpdate {
        static final BinarySerde<TransactionSubtotal> SERDE =
                BinarySerde.ofValue(TransactionSubtotal::writeTo, TransactionSubtotal::readFrom);

        private void writeTo(BinaryOutput output) {
            position.writeTo(output.number(partition).text(origin));
            amounts.writeTo(output);
            commit.writeTo(output);
        }

        private static TransactionSubtotal readFrom(BinaryInput input) {
            return new TransactionSubtotal(
                    input.smallNumber(),
                    input.text(),
                    Position.readFrom(input),
                    Amounts.readFrom(input),
                    Commit.readFrom(input));
        }
    }

    /** Sent to every partition: the sender has emitted all subtotals of transactions before the position. */
    record Complete(int partition, Position position) implements PartitionUpdate {}

    private static void write(PartitionUpdate update, BinaryOutput output) {
        if (update instanceof Subtotal subtotal) {
            subtotal.writeTo(output.octet(1));
        } else if (update instanceof Complete complete) {
            complete.position.writeTo(output.octet(2).number(complete.partition));
        } else if (update instanceof TransactionSubtotal subtotal) {
            subtotal.writeTo(output.octet(3));
        }
    }

    private static PartitionUpdate read(BinaryInput input) {
        int kind = input.octet();
        return switch (kind) {
            case 1 -> Subtotal.readFrom(input);
            case 2 -> new Complete(input.smallNumber(), Position.readFrom(input));
            case 3 -> TransactionSubtotal.readFrom(input);
            default -> throw new IllegalArgumentException("unknown kind of partition update: " + kind);
        };
    }
}
