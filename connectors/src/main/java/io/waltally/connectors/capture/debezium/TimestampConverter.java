package io.waltally.connectors.capture.debezium;

import io.debezium.relational.ValueConverter;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * Converts values of type {@code timestamptz} to the same text as Debezium's converter, which parses and formats them by
 * general patterns: several microseconds each. The common form, a year of four digits in UTC, is rewritten here; all
 * others are left to Debezium.
 */
final class TimestampConverter implements ValueConverter {
    private static final String UTC = "+00";
    private static final int LAST_YEAR = 9999;
    private static final int WITHOUT_FRACTION = "2000-01-01 00:00:00".length();
    private static final int DATE = "2000-01-01".length();
    private static final int NANO_DIGITS = 9;
    private static final int[] POWERS_OF_TEN = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000};

    private final ValueConverter debezium;

    TimestampConverter(ValueConverter debezium) {
        this.debezium = debezium;
    }

    @Override
    public @Nullable Object convert(@Nullable Object value) {
        if (value instanceof OffsetDateTime time && isCommon(time)) {
            return format(time);
        }
        if (value instanceof String text) {
            if (isCommon(text)) {
                return text.substring(0, DATE) + 'T' + text.substring(DATE + 1, text.length() - UTC.length()) + 'Z';
            }
            if (text.indexOf('T') > 0) {
                // The default of the column, which is converted already.
                return text;
            }
        }
        return debezium.convert(value);
    }

    /** PostgreSQL writes no trailing zeros, as ISO 8601 in Java. */
    private static boolean isCommon(String text) {
        return text.length() >= WITHOUT_FRACTION + UTC.length()
                && text.charAt(4) == '-'
                && text.charAt(DATE) == ' '
                && text.endsWith(UTC)
                && (text.length() == WITHOUT_FRACTION + UTC.length() || text.charAt(WITHOUT_FRACTION) == '.');
    }

    private static boolean isCommon(OffsetDateTime time) {
        return time.getOffset().equals(ZoneOffset.UTC) && time.getYear() >= 0 && time.getYear() <= LAST_YEAR;
    }

    private static String format(OffsetDateTime time) {
        StringBuilder text = new StringBuilder(WITHOUT_FRACTION + 1 + NANO_DIGITS + 1);
        digits(text, time.getYear(), 4).append('-');
        digits(text, time.getMonthValue(), 2).append('-');
        digits(text, time.getDayOfMonth(), 2).append('T');
        digits(text, time.getHour(), 2).append(':');
        digits(text, time.getMinute(), 2).append(':');
        digits(text, time.getSecond(), 2);
        if (time.getNano() != 0) {
            text.append('.');
            digits(text, time.getNano(), NANO_DIGITS);
            int end = text.length();
            while (text.charAt(end - 1) == '0') {
                end--;
            }
            text.setLength(end);
        }
        return text.append('Z').toString();
    }

    private static StringBuilder digits(StringBuilder text, int number, int count) {
        for (int divisor = POWERS_OF_TEN[count - 1]; divisor > 0; divisor /= 10) {
            text.append((char) ('0' + number / divisor % 10));
        }
        return text;
    }
}
