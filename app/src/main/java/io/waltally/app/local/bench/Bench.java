package io.waltally.app.local.bench;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.SourceConverter;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.local.LocalServers;
import io.waltally.app.local.OwnServers;
import io.waltally.app.local.TemporaryDirectory;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.CaptureRole;
import io.waltally.app.run.role.RoleName;
import io.waltally.bench.BenchmarkException;
import io.waltally.bench.BenchmarkOptions;
import io.waltally.bench.BenchmarkResult;
import io.waltally.bench.DebeziumServer;
import io.waltally.bench.capture.CaptureBenchmark;
import io.waltally.bench.capture.CaptureBenchmarkTarget;
import io.waltally.bench.capture.SnapshotBenchmark;
import io.waltally.bench.page.PageBenchmark;
import io.waltally.bench.page.PageBenchmarkResult;
import io.waltally.bench.pipeline.PipelineBenchmark;
import io.waltally.bench.pipeline.PipelineBenchmarkResult;
import io.waltally.bench.pipeline.PipelineBenchmarkTarget;
import io.waltally.bench.pipeline.RecoveryBenchmark;
import io.waltally.bench.pipeline.RecoveryResult;
import io.waltally.bench.pipeline.ScaleBenchmark;
import io.waltally.bench.pipeline.ScaleBenchmark.Scale;
import io.waltally.bench.pipeline.StateBenchmark;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.InfrastructureOptions;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Runs the benchmarks of the subcommands of {@code bench}. Each method returns the exit code: 0 if everything was
 * measured, or if it was stopped.
 */
final class Bench {
    private static final Duration POLL = Duration.ofMillis(50);

    private final BenchmarkOptions options;
    private final OwnServers configured;
    private final BenchReport report;
    private final StopSignal stop;

    /** @throws IllegalArgumentException if a number is too small */
    Bench(
            BenchOptions options,
            Optional<DebeziumServerOptions> debeziumServer,
            CommonOptions common,
            PrintWriter out,
            StopSignal stop) {
        this.options = new BenchmarkOptions(
                options.source(),
                options.rows(),
                options.rowsPerTransaction(),
                options.rounds(),
                debeziumServer.flatMap(server -> server.home().map(home -> new DebeziumServer(home, server.java()))));
        this.configured = OwnServers.forPipeline(common);
        this.report = new BenchReport(out, options.json());
        this.stop = stop;
    }

    int capture() {
        return run(
                servers -> {
                    Configuration configuration = configuration(LocalServers.configuration(servers));
                    CaptureBenchmarkTarget target = captureOf(configuration, catalogue(configuration));
                    return new CaptureBenchmark(options, target, stop::requested).run();
                },
                BenchmarkResult::text);
    }

    int snapshot() {
        return run(
                servers -> {
                    Configuration configuration = configuration(LocalServers.configuration(servers));
                    CaptureBenchmarkTarget target = captureOf(configuration, catalogue(configuration));
                    return new SnapshotBenchmark(options, target, stop::requested).run();
                },
                BenchmarkResult::text);
    }

    int recovery() {
        return run(
                servers -> {
                    try (TemporaryDirectory directory = new TemporaryDirectory("waltally-bench")) {
                        Map<String, String> values = LocalServers.configuration(servers);
                        values.put("http.port", "0");
                        values.put(
                                "streams.state-directory",
                                CrashingPipeline.state(directory.path()).toString());
                        // Its processes read these values only.
                        Configuration configuration = migrated(Configuration.from(values));
                        TopicCatalogue catalogue = catalogue(configuration);
                        try (CrashingPipeline target = new CrashingPipeline(
                                directory.path(),
                                values,
                                configuration,
                                catalogue,
                                captureOf(configuration, catalogue))) {
                            return new RecoveryBenchmark(options, target, stop::requested).run();
                        }
                    }
                },
                RecoveryResult::text);
    }

    int pipeline() {
        return run(
                servers -> onPipeline(servers, target -> new PipelineBenchmark(options, target, stop::requested).run()),
                PipelineBenchmarkResult::text);
    }

    int scale(List<Integer> threads, List<Integer> instances) {
        List<Scale> scales = instances.stream()
                .flatMap(number -> threads.stream().map(ofEach -> new Scale(ofEach, number)))
                .toList();
        return run(
                servers -> onPipeline(
                        servers, target -> new ScaleBenchmark(options, scales, target, stop::requested).run()),
                BenchmarkResult::text);
    }

    int state(List<Integer> existing) {
        return run(
                servers -> onPipeline(
                        servers, target -> new StateBenchmark(options, existing, target, stop::requested).run()),
                BenchmarkResult::text);
    }

    int page(int clients, Duration pause) {
        return run(
                servers -> {
                    try (TemporaryDirectory state = new TemporaryDirectory("waltally-bench")) {
                        Map<String, String> values = LocalServers.configuration(servers);
                        values.put("http.port", "0");
                        values.put("streams.state-directory", state.path().toString());
                        return page(servers, configuration(values), clients, pause);
                    }
                },
                PageBenchmarkResult::text);
    }

    private Optional<PageBenchmarkResult> page(
            Infrastructure servers, Configuration configuration, int clients, Duration pause) {
        SourceSettings source = source(configuration);
        Optional<Instance> started =
                Instance.start(configuration, EnumSet.of(RoleName.CAPTURE, RoleName.STREAMS), stop);
        if (started.isEmpty()) {
            return Optional.empty();
        }
        try (Instance instance = started.get()) {
            while (!instance.streaming()) {
                instance.ended().ifPresent(reason -> {
                    throw new CommandFailure(reason);
                });
                if (stop.await(POLL)) {
                    return Optional.empty();
                }
            }
            String url = servers.jdbcUrl(LocalServers.database(source.source()));
            return new PageBenchmark(
                            options, clients, pause, new FollowedInstance(instance, source, url), stop::requested)
                    .run();
        }
    }

    private <R> R onPipeline(Infrastructure servers, Function<PipelineBenchmarkTarget, R> measurement) {
        try (TemporaryDirectory state = new TemporaryDirectory("waltally-bench")) {
            Map<String, String> values = LocalServers.configuration(servers);
            values.put("http.port", "0");
            // Longer than any run: no object becomes deviating in one round and not in another.
            values.put("streams.object-copies-grace", "1d");
            values.put("streams.state-directory", state.path().toString());
            Configuration configuration = configuration(values);
            TopicCatalogue catalogue = catalogue(configuration);
            return measurement.apply(new LocalPipeline(
                    servers, values, configured, configuration, catalogue, captureOf(configuration, catalogue)));
        }
    }

    private <R> int run(Function<Infrastructure, Optional<R>> measurement, Function<R, String> text) {
        configured.check();
        try (Infrastructure servers = LocalServers.start(InfrastructureOptions.ephemeral())) {
            measurement
                    .apply(servers)
                    .ifPresent(result -> report.print(servers, options.source(), result, text.apply(result)));
        } catch (BenchmarkException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
        return 0;
    }

    private Configuration configuration(Map<String, String> servers) {
        return migrated(configured.with(servers));
    }

    private static Configuration migrated(Configuration configuration) {
        configuration.sources().values().forEach(Migrations::migrate);
        return configuration;
    }

    private static TopicCatalogue catalogue(Configuration configuration) {
        TopicCatalogue catalogue = configuration.catalogue();
        Topics.create(configuration, catalogue);
        return catalogue;
    }

    private SourceSettings source(Configuration configuration) {
        return SourceConverter.settings(configuration, options.source());
    }

    private CaptureBenchmarkTarget captureOf(Configuration configuration, TopicCatalogue catalogue) {
        SourceSettings source = source(configuration);
        return new CaptureBenchmarkTarget(
                CaptureRole.config(configuration, source),
                CaptureRole.target(configuration, catalogue),
                source.admin().user());
    }
}
