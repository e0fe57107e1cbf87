package io.waltally.app.local.bench;

import io.waltally.app.command.common.SourceConverter;
import io.waltally.schemas.Source;
import picocli.CommandLine.Option;

/** Options of every benchmark. Must not refer to optional modules, because picocli reads this class in every command. */
final class BenchSourceOptions {
    @Option(
            names = "--source",
            paramLabel = "s3|sync",
            defaultValue = "s3",
            converter = SourceConverter.class,
            description = "Write rows of object_locations (s3) or bsos (sync) (default: ${DEFAULT-VALUE}).")
    private Source source;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    Source source() {
        return source;
    }

    boolean json() {
        return json;
    }
}
