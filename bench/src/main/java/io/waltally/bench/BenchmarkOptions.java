package io.waltally.bench;

import io.waltally.schemas.Source;
import java.time.Duration;
import java.util.Optional;

/**
 * The rows to write, and the number of measurements.
 *
 * @param source s3: rows of object_locations; sync: rows of bsos
 * @param rows of that table per round
 * @param rowsPerTransaction of the transactions that write them
 * @param rounds number of measurements per contender; the first one is reported separately
 * @param debeziumServer an additional contender, if present
 */
public record BenchmarkOptions(
        Source source, int rows, int rowsPerTransaction, int rounds, Optional<DebeziumServer> debeziumServer) {
    public BenchmarkOptions {
        require("rows", rows, 1);
        require("rows-per-transaction", rowsPerTransaction, 1);
        require("rounds", rounds, 2);
    }

    public long rowsPerSecond(long nanos) {
        return rowsPerSecond(rows, nanos);
    }

    public static long rowsPerSecond(long rows, long nanos) {
        return Math.round(rows * (double) Duration.ofSeconds(1).toNanos() / nanos);
    }

    public static void require(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ": must be at least " + least);
        }
    }
}
