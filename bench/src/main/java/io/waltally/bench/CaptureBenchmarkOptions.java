package io.waltally.bench;

/**
 * What is written, and how often it is read.
 *
 * @param rows of object_locations
 * @param rowsPerTransaction of the transactions that write them
 * @param rounds how often each contender reads them all; the first time is reported by itself
 */
public record CaptureBenchmarkOptions(int rows, int rowsPerTransaction, int rounds) {
    public CaptureBenchmarkOptions {
        require("rows", rows, 1);
        require("rows-per-transaction", rowsPerTransaction, 1);
        require("rounds", rounds, 2);
    }

    private static void require(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ": must be at least " + least);
        }
    }
}
