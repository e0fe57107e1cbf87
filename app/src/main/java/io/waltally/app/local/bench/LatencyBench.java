package io.waltally.app.local.bench;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.command.common.SourceConverter;
import io.waltally.app.config.Configuration;
import io.waltally.app.local.LocalServers;
import io.waltally.app.local.OwnServers;
import io.waltally.app.local.TemporaryDirectory;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.InfrastructureOptions;
import io.waltally.schemas.Source;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Measures the time from a commit to the tally and to the webhook, under a steady load. */
final class LatencyBench {
    private static final Duration POLL = Duration.ofMillis(50);

    /** Longest wait for the start, and for the last rows. */
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private final Source source;
    private final int rate;
    private final Duration warmUp;
    private final Duration duration;
    private final OwnServers configured;
    private final BenchReport report;
    private final StopSignal stop;

    /** @param rate transactions per second */
    LatencyBench(
            Source source,
            int rate,
            Duration warmUp,
            Duration duration,
            boolean json,
            CommonOptions common,
            PrintWriter out,
            StopSignal stop) {
        this.source = source;
        this.rate = rate;
        this.warmUp = warmUp;
        this.duration = duration;
        this.configured = OwnServers.forPipeline(common);
        this.report = new BenchReport(out, json);
        this.stop = stop;
    }

    /** Returns the exit code: 0 if it was measured, or if it was stopped before. */
    int run() {
        configured.check();
        try (TemporaryDirectory state = new TemporaryDirectory("waltally-bench");
                Infrastructure servers = LocalServers.start(InfrastructureOptions.ephemeral());
                CommitLatencies latencies = new CommitLatencies(source)) {
            Map<String, String> values = LocalServers.configuration(servers);
            values.putAll(latencies.endpointConfiguration());
            values.put("http.port", "0");
            values.put("streams.state-directory", state.path().toString());
            Configuration configuration = configured.with(values);
            SourceConverter.requireOn(configuration, source);
            configuration.sources().values().forEach(Migrations::migrate);
            Optional<Instance> started = Instance.start(
                    configuration, EnumSet.of(RoleName.CAPTURE, RoleName.STREAMS, RoleName.WEBHOOKS), stop);
            if (started.isPresent()) {
                try (Instance instance = started.get()) {
                    measure(servers, configuration, instance, latencies);
                }
            }
        } catch (SQLException e) {
            throw new CommandFailure("the benchmark's database failed: " + e.getMessage(), e);
        }
        return 0;
    }

    private void measure(
            Infrastructure servers, Configuration configuration, Instance instance, CommitLatencies latencies)
            throws SQLException {
        if (!await(instance, instance::streaming)) {
            return;
        }
        try (SteadyWriter writer = new SteadyWriter(
                source,
                servers.jdbcUrl(LocalServers.database(source)),
                servers.postgres().user(),
                rate)) {
            latencies.follow(configuration.kafka(), instance.topics());
            writer.start();
            if (stop.await(warmUp)) {
                return;
            }
            Instant from = Instant.now();
            latencies.begin(from);
            long before = writer.written();
            if (stop.await(duration)) {
                return;
            }
            Instant to = Instant.now();
            latencies.end(to);
            writer.stop();
            long written = writer.written() - before;
            writer.failure().ifPresent(cause -> {
                throw new CommandFailure("a writer ended early: " + cause.getMessage(), cause);
            });
            if (await(instance, latencies::complete)) {
                LatencyResult result = latencies.result(
                        rate, written * 1000.0 / Duration.between(from, to).toMillis(), warmUp);
                report.print(servers, source, result, result.text());
            }
        }
    }

    /** Returns false if it was stopped before. */
    private boolean await(Instance instance, BooleanSupplier reached) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!reached.getAsBoolean()) {
            instance.ended().ifPresent(reason -> {
                throw new CommandFailure(reason);
            });
            if (System.nanoTime() > deadline) {
                throw new CommandFailure("the pipeline made no progress for " + TIMEOUT.toSeconds() + " s");
            }
            if (stop.await(POLL)) {
                return false;
            }
        }
        return true;
    }
}
