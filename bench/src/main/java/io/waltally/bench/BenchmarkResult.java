package io.waltally.bench;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measured speeds.
 *
 * @param table whose rows were written
 * @param contenders speeds by name, upper bounds first
 * @param ratios by name, such as {@code capture_to_drain}
 */
public record BenchmarkResult(
        String table, int rows, int rowsPerTransaction, Map<String, Speed> contenders, Map<String, Ratio> ratios) {

    /** @param readings rows per second of each contender, in the order of the rounds */
    public static BenchmarkResult of(BenchmarkOptions options, Map<String, List<Long>> readings) {
        Map<String, Speed> speeds = speeds(readings);
        return of(options, speeds, ratios(speeds));
    }

    /** Like {@link #of}, with the ratios of all others to the first one only. */
    public static BenchmarkResult comparedWithFirst(BenchmarkOptions options, Map<String, List<Long>> readings) {
        Map<String, Speed> speeds = speeds(readings);
        String first = speeds.keySet().iterator().next();
        Map<String, Ratio> ratios = ratios(speeds);
        ratios.keySet().removeIf(name -> !name.endsWith("_to_" + first));
        return of(options, speeds, ratios);
    }

    private static BenchmarkResult of(BenchmarkOptions options, Map<String, Speed> speeds, Map<String, Ratio> ratios) {
        return new BenchmarkResult(
                BenchmarkTable.of(options.source()).table(),
                options.rows(),
                options.rowsPerTransaction(),
                speeds,
                ratios);
    }

    private static Map<String, Speed> speeds(Map<String, List<Long>> readings) {
        Map<String, Speed> speeds = new LinkedHashMap<>();
        readings.forEach((name, ofOne) -> speeds.put(name, Speed.of(ofOne)));
        return speeds;
    }

    private static Map<String, Ratio> ratios(Map<String, Speed> speeds) {
        Map<String, Ratio> ratios = new LinkedHashMap<>();
        List<String> names = List.copyOf(speeds.keySet());
        for (int i = 0; i < names.size(); i++) {
            for (String slower : names.subList(i + 1, names.size())) {
                String faster = names.get(i);
                ratios.put(slower + "_to_" + faster, speeds.get(slower).to(speeds.get(faster)));
            }
        }
        return ratios;
    }

    /** Formats the result for a terminal. */
    public String text() {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(Locale.ROOT, "%,d rows of %s, %,d per transaction%n%n", rows, table, rowsPerTransaction));
        text.append(String.format(
                Locale.ROOT, "%-22s%12s%12s%12s%12s%n", "rows/s", "cold", "warm least", "median", "most"));
        contenders.forEach((name, speed) -> text.append(String.format(
                Locale.ROOT,
                "%-22s%,12d%,12d%,12d%,12d%n",
                name,
                speed.cold,
                Collections.min(speed.warm),
                speed.warmMedian,
                Collections.max(speed.warm))));
        text.append(System.lineSeparator());
        ratios.forEach((name, ratio) -> text.append(String.format(
                Locale.ROOT, "%-22s%12.2f%12s%12.2f%n", name.replace('_', ' '), ratio.cold, "", ratio.warm)));
        return text.toString();
    }

    /**
     * Rows per second.
     *
     * @param cold the first round, while the JVM still compiles
     * @param warm the later rounds
     */
    public record Speed(long cold, List<Long> warm, long warmMedian) {
        static Speed of(List<Long> readings) {
            List<Long> warm = List.copyOf(readings.subList(1, readings.size()));
            List<Long> sorted = warm.stream().sorted().toList();
            long median = (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
            return new Speed(readings.get(0), warm, median);
        }

        Ratio to(Speed other) {
            return new Ratio(parts(cold, other.cold), parts(warmMedian, other.warmMedian));
        }

        /** To three significant digits. */
        private static double parts(long speed, long other) {
            return Double.parseDouble(String.format(Locale.ROOT, "%.3g", (double) speed / other));
        }
    }

    /** The ratio of two speeds. */
    public record Ratio(double cold, double warm) {}
}
