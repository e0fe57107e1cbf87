package io.waltally.sinks.tally;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.util.Locale;

/** Writes times as PostgreSQL reads them. */
final class PostgresTimestamps {
    /** Times out of range were infinities; topologies represent those by the first and the last microsecond. */
    private static final Instant FIRST = Instant.parse("-4712-01-01T00:00:00Z");

    private static final Instant LAST = Instant.parse("+294246-12-31T23:59:59.999999Z");

    private PostgresTimestamps() {}

    /** The text of a timestamptz, in microseconds. */
    static String text(Instant time) {
        if (time.isBefore(FIRST)) {
            return "-infinity";
        }
        if (time.isAfter(LAST)) {
            return "infinity";
        }
        OffsetDateTime utc = time.atOffset(ZoneOffset.UTC);
        return String.format(
                Locale.ROOT,
                "%04d-%02d-%02d %02d:%02d:%02d.%06d+00%s",
                utc.get(ChronoField.YEAR_OF_ERA),
                utc.getMonthValue(),
                utc.getDayOfMonth(),
                utc.getHour(),
                utc.getMinute(),
                utc.getSecond(),
                utc.get(ChronoField.MICRO_OF_SECOND),
                utc.getYear() > 0 ? "" : " BC");
    }
}
