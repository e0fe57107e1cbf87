package io.waltally.app.deadletter;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of a dead letter in a list sorted latest first: by time, then by record.
 *
 * @param time in milliseconds since the epoch
 */
public record DeadLetterPosition(long time, String topic, int partition, long offset)
        implements Comparable<DeadLetterPosition> {
    private static final Comparator<DeadLetterPosition> LATEST_FIRST = Comparator.comparingLong(
                    DeadLetterPosition::time)
            .thenComparing(DeadLetterPosition::topic)
            .thenComparingInt(DeadLetterPosition::partition)
            .thenComparingLong(DeadLetterPosition::offset)
            .reversed();

    private static final Pattern FORM =
            Pattern.compile("(-?[0-9]{1,18})_([0-9]{1,9})_([0-9]{1,18})_([a-zA-Z0-9._-]{1,249})");

    public static DeadLetterPosition of(DeadLetter letter) {
        return new DeadLetterPosition(
                letter.time().toEpochMilli(),
                letter.record().topic(),
                letter.record().partition(),
                letter.record().offset());
    }

    /** @throws IllegalArgumentException if it is not the text of a place */
    public static DeadLetterPosition parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no place of a dead letter: " + text);
        }
        return new DeadLetterPosition(
                Long.parseLong(matcher.group(1)),
                matcher.group(4),
                Integer.parseInt(matcher.group(2)),
                Long.parseLong(matcher.group(3)));
    }

    @Override
    public int compareTo(DeadLetterPosition other) {
        return LATEST_FIRST.compare(this, other);
    }

    /** The text that {@link #parse} reads. */
    @Override
    public String toString() {
        return time + "_" + partition + "_" + offset + "_" + topic;
    }
}
