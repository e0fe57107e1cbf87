package io.waltally.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Speeds that were measured, and what the topologies keep of what they read.
 *
 * @param contenders as {@link BenchmarkResult} has them
 * @param ratios as {@link BenchmarkResult} has them
 * @param state by store; only those that hold anything
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
     * @param written rows that they were made of
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

    /** For a terminal. */
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
     * Of one store on disk, for each row that was written.
     *
     * @param bytesPerRow keys and values, which is what a changelog holds beside its framing once it is cleaned
     * @param diskBytesPerRow the store's files once they are compacted
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
