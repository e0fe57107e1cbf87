package io.waltally.app.local;

import io.waltally.app.command.CommandFailure;
import io.waltally.app.command.CommonOptions;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.run.CaptureRole;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.tally.Json;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.CaptureBenchmark;
import io.waltally.bench.CaptureBenchmarkOptions;
import io.waltally.bench.CaptureBenchmarkResult;
import io.waltally.bench.CaptureBenchmarkTarget;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.InfrastructureOptions;
import io.waltally.schemas.AvroSerdes;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;

/** What {@code bench capture} does. */
final class CaptureBench {
    private final CaptureBenchmarkOptions options;
    private final boolean json;
    private final CommonOptions common;
    private final PrintWriter out;
    private final StopSignal stop;

    /** @throws IllegalArgumentException if a number is too small */
    CaptureBench(
            int rows,
            int rowsPerTransaction,
            int rounds,
            boolean json,
            CommonOptions common,
            PrintWriter out,
            StopSignal stop) {
        this.options = new CaptureBenchmarkOptions(rows, rowsPerTransaction, rounds);
        this.json = json;
        this.common = common;
        this.out = out;
        this.stop = stop;
    }

    /** The exit code: 0 if all was measured, or if it was stopped before. */
    int run() {
        // Read twice, so that a mistake in it is told before servers are started.
        common.configurationIfNamed(Map.of());
        try (Infrastructure servers = LocalServers.start(InfrastructureOptions.ephemeral())) {
            Configuration configuration = common.configurationIfNamed(LocalServers.configuration(servers));
            Optional<CaptureBenchmarkResult> result =
                    new CaptureBenchmark(options, target(configuration), stop::requested).run();
            result.ifPresent(measured ->
                    out.println(json ? Json.pretty(measured) : measured.text().stripTrailing()));
            out.flush();
        } catch (BenchmarkException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
        return 0;
    }

    private static CaptureBenchmarkTarget target(Configuration configuration) {
        SourceSettings source = configuration.sources().get(Source.S3);
        if (source == null) {
            throw new CommandFailure("source s3 is off in this configuration, and it is what is measured");
        }
        Migrations.migrate(source);
        TopicCatalogue catalogue = new TopicCatalogue(
                configuration.topics(),
                new AvroSerdes(configuration.registry().url().toString()));
        Topics.create(configuration, catalogue);
        return new CaptureBenchmarkTarget(
                CaptureRole.config(configuration, source),
                CaptureRole.target(configuration, catalogue),
                source.admin().user());
    }
}
