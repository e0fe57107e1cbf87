package io.waltally.app.config.value;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number of bytes, written with its unit: {@code 10GiB}, {@code 500 MB}, {@code 4096}. */
public record ByteSize(long bytes) {
    static final String RULE = "must be a size such as 512KiB, 10GiB or 500MB";

    private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\s*(|[KMGTP]i?)B?");
    private static final Map<String, Long> UNITS = Map.ofEntries(
            Map.entry("", 1L),
            Map.entry("K", 1_000L),
            Map.entry("M", 1_000_000L),
            Map.entry("G", 1_000_000_000L),
            Map.entry("T", 1_000_000_000_000L),
            Map.entry("P", 1_000_000_000_000_000L),
            Map.entry("Ki", 1L << 10),
            Map.entry("Mi", 1L << 20),
            Map.entry("Gi", 1L << 30),
            Map.entry("Ti", 1L << 40),
            Map.entry("Pi", 1L << 50));

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is not negative: " + bytes);
        }
    }

    /** @throws IllegalArgumentException if the text is not a size, or exceeds the largest long */
    public static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(RULE);
        }
        try {
            return new ByteSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), UNITS.get(matcher.group(2))));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("must not exceed 8EiB", e);
        }
    }

    /** The size without loss, as {@link #parse} reads it: {@code 10GiB}, {@code 2000MiB}. */
    public String text() {
        String[] units = {"", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        int unit = bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / 10, units.length - 1);
        return (bytes >> (10 * unit)) + units[unit];
    }

    /** Formats the size in the largest binary unit, with at most one decimal: {@code 1.5 GiB}. */
    public static String shown(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        double amount = bytes;
        int unit = 0;
        while (Math.abs(amount) >= 1024 && unit < units.length - 1) {
            amount /= 1024;
            unit++;
        }
        return unit == 0 || Math.abs(amount) >= 100
                ? String.format(Locale.ROOT, "%.0f %s", amount, units[unit])
                : String.format(Locale.ROOT, "%.1f %s", amount, units[unit]);
    }

    @Override
    public String toString() {
        return shown(bytes);
    }
}
