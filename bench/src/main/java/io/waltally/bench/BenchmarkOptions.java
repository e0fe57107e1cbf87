package io.waltally.bench;

import io.waltally.schemas.Source;
import java.time.Duration;
import java.util.Optional;

/**
 * What is written, and how often it is read.
 *
 * @param source s3: rows of object_locations; sync: rows of bsos
 * @param rows of that table
 * @param rowsPerTransaction of the transactions that write them
 * @param rounds how often each contender reads so many; the first time is reported by itself
 * @param debeziumServer is a contender too, if it is there
 */
public record BenchmarkOptions(
        Source source, int rows, int rowsPerTransaction, int rounds, Optional<DebeziumServer> debeziumServer) {
    public BenchmarkOptions {
        require("rows", rows, 1);
        require("rows-per-transaction", rowsPerTransaction, 1);
        require("rounds", rounds, 2);
    }

    long rowsPerSecond(long nanos) {
        return rowsPerSecond(rows, nanos);
    }

    static long rowsPerSecond(long rows, long nanos) {
        return Math.round(rows * (double) Duration.ofSeconds(1).toNanos() / nanos);
    }

    static void require(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ": must be at least " + least);
        }
    }
}
