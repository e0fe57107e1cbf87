package io.waltally.schemas.topic;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/**
 * A property of an existing topic. The number of partitions and the replication factor are properties, too.
 *
 * @param wanted empty: whatever the broker's default is
 * @param actual empty: the broker does not know the property
 */
public record PropertyState(
        String name, Optional<String> wanted, Optional<String> actual, DeviationSeverity deviation) {
    public static final String PARTITIONS = "partitions";
    public static final String REPLICATION_FACTOR = "replication.factor";

    private static final String UNIT_MILLIS = ".ms";
    private static final String UNLIMITED = "unlimited";
    private static final Duration DAY = Duration.ofDays(1);

    /** Whether a broker can change it in place. */
    public boolean isAlterable() {
        return !name.equals(PARTITIONS) && !name.equals(REPLICATION_FACTOR);
    }

    /** The wanted value with its unit, as the configuration has it. */
    public String wantedText() {
        return wanted.map(this::text).orElse("the broker's default");
    }

    /** The actual value with its unit, as the configuration would have it. */
    public String actualText() {
        return actual.map(this::text).orElse("unknown to the broker");
    }

    private String text(String value) {
        if (value.isEmpty()) {
            return "empty";
        }
        if (value.equals(Cleanup.UNLIMITED)) {
            return UNLIMITED;
        }
        return name.endsWith(UNIT_MILLIS) && value.matches("\\d{1,19}") ? duration(new BigDecimal(value)) : value;
    }

    private static String duration(BigDecimal millis) {
        if (millis.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) >= 0) {
            return UNLIMITED;
        }
        long value = millis.longValueExact();
        if (value > 0 && value % DAY.toMillis() == 0) {
            return value / DAY.toMillis() + "d";
        }
        Duration duration = Duration.ofMillis(value);
        if (value > 0 && duration.equals(Duration.ofHours(duration.toHours()))) {
            return duration.toHours() + "h";
        }
        if (value > 0 && duration.equals(Duration.ofMinutes(duration.toMinutes()))) {
            return duration.toMinutes() + "m";
        }
        return duration.equals(Duration.ofSeconds(duration.toSeconds())) ? duration.toSeconds() + "s" : value + "ms";
    }

    /** The difference in a phrase, such as {@code retention.ms is 7d, wanted is 14d}. */
    @Override
    public String toString() {
        return name + " is " + actualText() + ", wanted is " + wantedText();
    }
}
