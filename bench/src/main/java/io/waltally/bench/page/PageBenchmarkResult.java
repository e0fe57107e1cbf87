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
 * @param withoutCpuMillis of this process, which runs the pipeline and the broker, but neither clients nor PostgreSQL
 * @param withCpuMillis the same with clients
 * @param cost by how much longer the median of the warm rounds is with clients: 0.02 is 2 %
 * @param cpuCost by how much more CPU time of this process the median of the warm rounds takes with clients
 */
public record PageBenchmarkResult(
        String table,
        int rows,
        int clients,
        List<Long> withoutMillis,
        List<Long> withMillis,
        List<Long> withoutCpuMillis,
        List<Long> withCpuMillis,
        double cost,
        double cpuCost) {
    public PageBenchmarkResult {
        withoutMillis = List.copyOf(withoutMillis);
        withMillis = List.copyOf(withMillis);
        withoutCpuMillis = List.copyOf(withoutCpuMillis);
        withCpuMillis = List.copyOf(withCpuMillis);
    }

    /**
     * A measurement.
     *
     * @param millis from the first commit to the last tally
     * @param cpuMillis CPU time of this process meanwhile
     */
    record Times(long millis, long cpuMillis) {}

    static PageBenchmarkResult of(String table, int rows, int clients, List<Times> without, List<Times> with) {
        List<Long> withoutMillis = without.stream().map(Times::millis).toList();
        List<Long> withMillis = with.stream().map(Times::millis).toList();
        List<Long> withoutCpuMillis = without.stream().map(Times::cpuMillis).toList();
        List<Long> withCpuMillis = with.stream().map(Times::cpuMillis).toList();
        return new PageBenchmarkResult(
                table,
                rows,
                clients,
                withoutMillis,
                withMillis,
                withoutCpuMillis,
                withCpuMillis,
                median(withMillis) / median(withoutMillis) - 1,
                median(withCpuMillis) / median(withoutCpuMillis) - 1);
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
        return String.format(Locale.ROOT, "%,d rows of %s, %d warm rounds%n", rows, table, withMillis.size() - 1)
                + table("first commit to last tally, ms", withoutMillis, withMillis)
                + table("CPU of pipeline and broker, ms", withoutCpuMillis, withCpuMillis)
                + String.format(
                        Locale.ROOT,
                        "%nwith clients it takes %.1f %% longer, and %.1f %% more CPU (medians)%n",
                        cost * 100,
                        cpuCost * 100);
    }

    private String table(String title, List<Long> without, List<Long> with) {
        return String.format(Locale.ROOT, "%n%-30s%10s%10s%10s%10s%n", title, "cold", "least", "median", "most")
                + line("without clients", without)
                + line("with " + clients + " clients", with);
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
