package io.waltally.app.http.route.query;

import io.waltally.pipeline.view.IdRange;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** The first characters of the decimal form of an id. */
public final class IdPrefix {
    private static final Pattern FORM = Pattern.compile("-?|0|-?[1-9][0-9]{0,18}");
    private static final String MINUS = "-";
    private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);
    private static final BigInteger MIN = BigInteger.valueOf(Long.MIN_VALUE);

    private IdPrefix() {}

    public static boolean isOne(String text) {
        return FORM.matcher(text).matches();
    }

    /** The ids that begin with it, in ascending order. */
    public static List<IdRange> ranges(String prefix) {
        return switch (prefix) {
            case "" -> List.of(IdRange.ALL);
            case MINUS -> List.of(new IdRange(Long.MIN_VALUE, -1));
            case "0" -> List.of(new IdRange(0, 0));
            default -> continued(new BigInteger(prefix));
        };
    }

    /** The number itself, and those with more digits. */
    private static List<IdRange> continued(BigInteger number) {
        List<IdRange> ranges = new ArrayList<>();
        BigInteger direction = BigInteger.valueOf(number.signum());
        BigInteger first = number;
        BigInteger width = BigInteger.ONE;
        while (isId(first)) {
            BigInteger farthest = first.add(direction.multiply(width.subtract(BigInteger.ONE)));
            long end = farthest.min(MAX).max(MIN).longValueExact();
            long begin = first.longValueExact();
            ranges.add(new IdRange(Math.min(begin, end), Math.max(begin, end)));
            first = first.multiply(BigInteger.TEN);
            width = width.multiply(BigInteger.TEN);
        }
        ranges.sort(Comparator.comparingLong(IdRange::first));
        return ranges;
    }

    private static boolean isId(BigInteger number) {
        return number.compareTo(MAX) <= 0 && number.compareTo(MIN) >= 0;
    }
}
