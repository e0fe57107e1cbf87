package io.waltally.bench.page;

import java.util.List;
import java.util.Locale;

/**
 * Times from the first commit to the last tally, with and without clients that follow the events.
 *
 * @param table whose rows were written
 * @param rows of each measurement
 * @param withoutMillis of each round; the first one is cold
 * @param withMillis of each round; the first one is cold
 * @param cost by how much longer the median of the warm rounds is with clients: 0.02 is 2 %
 */
public record PageBenchmarkResult(
        String table, int rows, int clients, List<Long> withoutMillis, List<Long> withMillis, double cost) {
    public PageBenchmarkResult {
        withoutMillis = List.copyOf(withoutMillis);
        withMillis = List.copyOf(withMillis);
    }

    static PageBenchmarkResult of(
            String table, int rows, int clients, List<Long> withoutMillis, List<Long> withMillis) {
        double cost = median(withMillis) / median(withoutMillis) - 1;
        return new PageBenchmarkResult(table, rows, clients, withoutMillis, withMillis, cost);
    }

    private static List<Long> warm(List<Long> times) {
        return times.subList(1, times.size()).stream().sorted().toList();
    }

    private static double median(List<Long> times) {
        List<Long> sorted = warm(times);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2.0;
    }

    /** Formats the result for a terminal. */
    public String text() {
        return String.format(
                        Locale.ROOT,
                        "%,d rows of %s, %d warm rounds%n%n%-30s%10s%10s%10s%10s%n",
                        rows,
                        table,
                        withMillis.size() - 1,
                        "first commit to last tally, ms",
                        "cold",
                        "least",
                        "median",
                        "most")
                + line("without clients", withoutMillis)
                + line("with " + clients + " clients", withMillis)
                + String.format(Locale.ROOT, "%nwith clients it takes %.1f %% longer (medians)%n", cost * 100);
    }

    private static String line(String name, List<Long> times) {
        List<Long> sorted = warm(times);
        return String.format(
                Locale.ROOT,
                "%-30s%,10d%,10d%,10.0f%,10d%n",
                name,
                times.get(0),
                sorted.get(0),
                median(times),
                sorted.get(sorted.size() - 1));
    }
}
