package io.waltally.sinks.replica.row;

import java.time.LocalDate;
import java.util.concurrent.TimeUnit;

/** Dates and times as PostgreSQL's text, from Debezium's numbers and texts. */
final class TimeText {
    /** Debezium's value for infinity in microseconds: the milliseconds that the JDBC driver has for it. */
    private static final long POSITIVE_INFINITY_MICROS = 9_223_372_036_825_200_000L;

    /** PostgreSQL's first time, in 4714 BC. Debezium writes different ones before it for negative infinity. */
    private static final long FIRST_MILLIS = LocalDate.of(-4713, 11, 24).toEpochDay() * TimeUnit.DAYS.toMillis(1);

    /** Begins the year after PostgreSQL's last one. */
    private static final long END_MILLIS = LocalDate.of(294_277, 1, 1).toEpochDay() * TimeUnit.DAYS.toMillis(1);

    /** One of the days that Debezium writes for positive infinity. The others are out of PostgreSQL's range. */
    private static final long POSITIVE_INFINITY_DAYS =
            LocalDate.parse("-5877611-06-21").toEpochDay();

    private static final long FIRST_DAYS = LocalDate.of(-4713, 11, 24).toEpochDay();
    private static final long END_DAYS = LocalDate.of(5_874_898, 1, 1).toEpochDay();
    private static final long MICROS_PER_SECOND = TimeUnit.SECONDS.toMicros(1);
    private static final long MICROS_PER_MILLI = TimeUnit.MILLISECONDS.toMicros(1);
    private static final long MILLIS_PER_DAY = TimeUnit.DAYS.toMillis(1);
    private static final long MICROS_PER_DAY = TimeUnit.DAYS.toMicros(1);
    private static final long SECONDS_PER_MINUTE = 60;
    private static final long SECONDS_PER_HOUR = 3600;
    private static final int FRACTION_DIGITS = 6;
    private static final int YEAR_DIGITS = 4;
    private static final String INFINITY_TEXT = "infinity";
    private static final String NEGATIVE_INFINITY_TEXT = "-infinity";
    private static final String BEFORE_CHRIST = " BC";

    private TimeText() {}

    /** @param days since 1970-01-01 */
    static void date(long days, CopyText out) {
        if (days == POSITIVE_INFINITY_DAYS || days >= END_DAYS) {
            out.add(INFINITY_TEXT);
        } else if (days < FIRST_DAYS) {
            out.add(NEGATIVE_INFINITY_TEXT);
        } else {
            addEra(addDay(days, out), out);
        }
    }

    /** @param micros since 1970-01-01 00:00 in the time zone of the column */
    static void timestamp(long micros, CopyText out) {
        if (micros == POSITIVE_INFINITY_MICROS || micros == Long.MAX_VALUE) {
            out.add(INFINITY_TEXT);
        } else if (micros < FIRST_MILLIS * MICROS_PER_MILLI) {
            out.add(NEGATIVE_INFINITY_TEXT);
        } else {
            timestamp(Math.floorDiv(micros, MICROS_PER_DAY), Math.floorMod(micros, MICROS_PER_DAY), out);
        }
    }

    /** @param millis since 1970-01-01 00:00 in the time zone of the column */
    static void timestampMillis(long millis, CopyText out) {
        if (millis == POSITIVE_INFINITY_MICROS / MICROS_PER_MILLI || millis >= END_MILLIS) {
            out.add(INFINITY_TEXT);
        } else if (millis < FIRST_MILLIS) {
            out.add(NEGATIVE_INFINITY_TEXT);
        } else {
            timestamp(
                    Math.floorDiv(millis, MILLIS_PER_DAY),
                    Math.floorMod(millis, MILLIS_PER_DAY) * MICROS_PER_MILLI,
                    out);
        }
    }

    private static void timestamp(long days, long microsOfDay, CopyText out) {
        long year = addDay(days, out);
        out.add(' ');
        time(microsOfDay, out);
        addEra(year, out);
    }

    /** @param micros since midnight, up to 24 hours */
    static void time(long micros, CopyText out) {
        long seconds = micros / MICROS_PER_SECOND;
        out.addPadded(seconds / SECONDS_PER_HOUR, 2);
        out.add(':');
        out.addPadded(seconds / SECONDS_PER_MINUTE % SECONDS_PER_MINUTE, 2);
        out.add(':');
        out.addPadded(seconds % SECONDS_PER_MINUTE, 2);
        out.add('.');
        out.addPadded(micros % MICROS_PER_SECOND, FRACTION_DIGITS);
    }

    /** @param millis since midnight, up to 24 hours */
    static void timeMillis(long millis, CopyText out) {
        time(millis * MICROS_PER_MILLI, out);
    }

    /** @param micros of an interval without months and days */
    static void interval(long micros, CopyText out) {
        long seconds = micros / MICROS_PER_SECOND;
        out.add(seconds / SECONDS_PER_HOUR);
        out.add(" hours ");
        out.add(seconds % SECONDS_PER_HOUR);
        out.add(" seconds ");
        out.add(micros % MICROS_PER_SECOND);
        out.add(" microseconds");
    }

    /**
     * A time in ISO 8601, whose years before 1 and after 9999 have a sign and no era. PostgreSQL has an era and no
     * sign.
     */
    static String zoned(String iso) {
        if (iso.isEmpty() || iso.equals(NEGATIVE_INFINITY_TEXT)) {
            return iso;
        }
        if (iso.charAt(0) == '+') {
            return iso.substring(1);
        }
        int yearEnd = iso.indexOf('-', 1);
        if (yearEnd < 0 || !(iso.charAt(0) == '-' || iso.startsWith("0000"))) {
            return iso;
        }
        long year = Long.parseLong(iso, 0, yearEnd, 10);
        return "%04d".formatted(1 - year) + iso.substring(yearEnd) + BEFORE_CHRIST;
    }

    /** Adds year, month and day; returns the year, in which 1 BC is 0. By Howard Hinnant's civil_from_days. */
    private static long addDay(long days, CopyText out) {
        long shifted = days + 719_468;
        long era = Math.floorDiv(shifted, 146_097L);
        long dayOfEra = Math.floorMod(shifted, 146_097L);
        long yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long shiftedMonth = (5 * dayOfYear + 2) / 153;
        long day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1;
        long month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
        long year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
        long shown = year > 0 ? year : 1 - year;
        if (shown < 10_000) {
            out.addPadded(shown, YEAR_DIGITS);
        } else {
            out.add(shown);
        }
        out.add('-');
        out.addPadded(month, 2);
        out.add('-');
        out.addPadded(day, 2);
        return year;
    }

    private static void addEra(long year, CopyText out) {
        if (year <= 0) {
            out.add(BEFORE_CHRIST);
        }
    }
}
