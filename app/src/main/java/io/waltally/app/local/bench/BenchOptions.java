package io.waltally.app.local.bench;

import io.waltally.schemas.Source;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Options of the benchmarks that write a number of rows. Must not refer to optional modules, because picocli reads this class in every command.
 */
final class BenchOptions {
    @Mixin
    private BenchSourceOptions benched;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "500000",
            description = "Number of rows (default: ${DEFAULT-VALUE}).")
    private int rows;

    @Option(
            names = "--rows-per-transaction",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Rows per transaction (default: ${DEFAULT-VALUE}).")
    private int rowsPerTransaction;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Number of rounds, at least 2; the first one is cold (default: ${DEFAULT-VALUE}).")
    private int rounds;

    Source source() {
        return benched.source();
    }

    int rows() {
        return rows;
    }

    int rowsPerTransaction() {
        return rowsPerTransaction;
    }

    int rounds() {
        return rounds;
    }

    boolean json() {
        return benched.json();
    }
}
