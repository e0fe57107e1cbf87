package io.waltally.app.config.value;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations in configuration and flags: {@code 20ms}, {@code 5s}, {@code 10m}, {@code 2h}, {@code 7d}. */
public final class DurationText {
    static final String RULE = "must be a duration such as 20ms, 5s, 10m, 2h or 7d";

    /** A hundred years. In nanoseconds it is a long. */
    private static final Duration MAX = Duration.ofDays(36_500);

    private static final Pattern FORM = Pattern.compile("0*(\\d{1,9}) ?(ms|s|m|h|d)");

    private DurationText() {}

    /** The duration in the largest unit that it is a multiple of. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        for (String unit : List.of("d", "h", "m", "s")) {
            long length = parse("1" + unit).toMillis();
            if (millis != 0 && millis % length == 0) {
                return millis / length + unit;
            }
        }
        return millis + "ms";
    }

    /** @throws IllegalArgumentException if the text is not a duration */
    public static Duration parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(RULE);
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> throw new IllegalStateException(text);
        };
        if (duration.compareTo(MAX) > 0) {
            throw new IllegalArgumentException("must be a duration of at most " + MAX.toDays() + "d");
        }
        return duration;
    }
}
