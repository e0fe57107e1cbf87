package io.waltally.bench.pipeline;

import io.waltally.bench.BenchmarkResult;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Measured speeds, and the size of the topologies' state.
 *
 * @param contenders as in {@link BenchmarkResult}
 * @param ratios as in {@link BenchmarkResult}
 * @param state by store, without empty ones
 */
public record PipelineBenchmarkResult(
        String table,
        int rows,
        int rowsPerTransaction,
        Map<String, BenchmarkResult.Speed> contenders,
        Map<String, BenchmarkResult.Ratio> ratios,
        Map<String, State> state) {

    /**
     * @param stores by name
     * @param written number of rows that they were made of
     */
    static PipelineBenchmarkResult of(BenchmarkResult speeds, Map<String, StoreSize> stores, long written) {
        Map<String, State> state = new LinkedHashMap<>();
        stores.forEach((name, size) -> {
            if (size.entries() > 0) {
                state.put(name, State.of(size, written));
            }
        });
        return new PipelineBenchmarkResult(
                speeds.table(),
                speeds.rows(),
                speeds.rowsPerTransaction(),
                speeds.contenders(),
                speeds.ratios(),
                state);
    }

    /** Formats the result for a terminal. */
    public String text() {
        StringBuilder text =
                new StringBuilder(new BenchmarkResult(table, rows, rowsPerTransaction, contenders, ratios).text());
        text.append(
                String.format(Locale.ROOT, "%n%-22s%12s%12s%12s%n", "state per row", "entries", "bytes", "on disk"));
        state.forEach((name, store) -> text.append(String.format(
                Locale.ROOT,
                "%-22s%12.3f%12.1f%12.1f%n",
                name,
                store.entriesPerRow,
                store.bytesPerRow,
                store.diskBytesPerRow)));
        return text.toString();
    }

    /**
     * The size of one store, per written row.
     *
     * @param bytesPerRow keys and values, the size of a compacted changelog without framing
     * @param diskBytesPerRow the store's files after compaction
     */
    public record State(double entriesPerRow, double bytesPerRow, double diskBytesPerRow) {
        static State of(StoreSize size, long rows) {
            return new State(
                    rounded((double) size.entries() / rows),
                    rounded((double) size.bytes() / rows),
                    rounded((double) size.diskBytes() / rows));
        }

        private static double rounded(double value) {
            return Math.round(value * 1000) / 1000.0;
        }
    }
}
