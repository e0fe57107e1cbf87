package io.waltally.pipeline.row;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.schemas.ChangeHeaders;
import java.util.Comparator;

/**
 * A place in the history of a source.
 *
 * @param epoch incarnation of the source
 * @param sequence of a transaction, which is the end LSN of the previous one, or any LSN. A transaction ended at or
 *     before an LSN if and only if its sequence is before the LSN
 */
public record Position(int epoch, long sequence) implements Comparable<Position> {
    public static final Position START = new Position(Integer.MIN_VALUE, 0);
    public static final BinarySerde<Position> SERDE = BinarySerde.ofValue(Position::writeTo, Position::readFrom);

    private static final Comparator<Position> ORDER =
            Comparator.comparingInt(Position::epoch).thenComparing(Position::sequence, Long::compareUnsigned);

    public static Position of(ChangeHeaders headers) {
        return new Position(headers.epoch(), headers.sequence());
    }

    /** The largest position before this one. */
    public Position previous() {
        return new Position(epoch, sequence - 1);
    }

    public boolean isBefore(Position other) {
        return compareTo(other) < 0;
    }

    @Override
    public int compareTo(Position other) {
        return ORDER.compare(this, other);
    }

    /** Sorts as the position does, since LSNs are far below 2^63. */
    public BinaryOutput writeTo(BinaryOutput output) {
        return output.sortedInt(epoch).sortedLong(sequence);
    }

    public static Position readFrom(BinaryInput input) {
        return new Position(input.sortedInt(), input.sortedLong());
    }
}
