package io.waltally.app.local.bench;

import io.waltally.app.command.SourceConverter;
import io.waltally.schemas.Source;
import picocli.CommandLine.Option;

/**
 * Options of every benchmark. Must not refer to optional modules, because picocli reads this class in every command.
 */
final class BenchOptions {
    @Option(
            names = "--source",
            paramLabel = "s3|sync",
            defaultValue = "s3",
            converter = SourceConverter.class,
            description = "Write rows of object_locations (s3) or bsos (sync) (default: ${DEFAULT-VALUE}).")
    private Source source;

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

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    Source source() {
        return source;
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
        return json;
    }
}
