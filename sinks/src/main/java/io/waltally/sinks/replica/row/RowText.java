package io.waltally.sinks.replica.row;

import java.util.Arrays;
import java.util.BitSet;

/** A row as COPY reads it, at the end of a text that may have others before it. Reused from row to row. */
public final class RowText {
    private final CopyText out;
    private final BitSet unchanged = new BitSet();
    private int[] ends = new int[16];
    private int start;
    private int columns;

    public RowText(CopyText out) {
        this.out = out;
    }

    public CopyText out() {
        return out;
    }

    void begin() {
        start = out.length();
        columns = 0;
        unchanged.clear();
    }

    /** Separates the next column from the one before. */
    void beginColumn() {
        if (columns > 0) {
            out.add('\t');
        }
    }

    /** @param known whether its value was added */
    void endColumn(boolean known) {
        if (columns == ends.length) {
            ends = Arrays.copyOf(ends, 2 * columns);
        }
        ends[columns] = out.length();
        if (!known) {
            unchanged.set(columns);
        }
        columns++;
    }

    void end() {
        out.add('\n');
    }

    /** Removes the row from the text. */
    public void remove() {
        out.truncate(start);
    }

    public boolean isComplete() {
        return unchanged.isEmpty();
    }

    /** Whether an update left the column as it was. */
    public boolean isUnchanged(int column) {
        return unchanged.get(column);
    }

    /** The text of one column. */
    public byte[] column(int index) {
        return out.copy(index == 0 ? start : ends[index - 1] + 1, ends[index]);
    }
}
