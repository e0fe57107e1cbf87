package io.waltally.iceberg.change;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of a change in the history of its source, written as {@code epoch/sequence/position}.
 *
 * @param sequence increases in commit order
 * @param position increases within the transaction
 */
public record ChangePosition(int epoch, long sequence, long position) {
    private static final Pattern TEXT = Pattern.compile("(\\d+)/(-?\\d+)/(\\d+)");

    /** @throws IllegalArgumentException if the text is malformed */
    public static ChangePosition parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a position: " + text);
        }
        return new ChangePosition(
                Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)), Long.parseLong(matcher.group(3)));
    }

    /** Whether no change lies between the other one and this one. */
    public boolean follows(ChangePosition other) {
        return epoch == other.epoch && sequence == other.sequence && position == other.position + 1;
    }

    @Override
    public String toString() {
        return epoch + "/" + sequence + "/" + position;
    }
}
