package io.waltally.app.local.demo;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.command.common.CommonOptions;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.local.Latencies;
import io.waltally.app.local.LocalServers;
import io.waltally.app.local.OwnServers;
import io.waltally.app.local.TemporaryDirectory;
import io.waltally.app.local.compare.ComparedNotifications;
import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.PublishedTallies;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.InfrastructureOptions;
import io.waltally.embedded.PostgresAddress;
import io.waltally.workload.Workload;
import io.waltally.workload.WorkloadOptions;
import io.waltally.workload.oracle.S3Tallies;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import io.waltally.workload.session.WorkloadStatistics;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The command {@code demo}: runs the pipeline under a workload, and compares its results with SQL. */
final class Demo {
    private static final Duration LIVE_REFRESH = Duration.ofMillis(500);
    private static final Duration POLL = Duration.ofMillis(50);

    /** Longest wait for the backlog, on a busy machine. */
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    /** Time for which the tallies must not change before they are compared. */
    private static final Duration STILL = Duration.ofSeconds(8);

    /** Time after which expiries are in the tallies, and committed. */
    private static final Duration AFTER_DEADLINE = Duration.ofSeconds(2);

    /** Fewer copies than some of the workload's objects have, and more than others. */
    private static final int REPLICATION_FACTOR = 2;

    /** Short, so that the demo can wait for it. */
    private static final Duration REPLICATION_GRACE = Duration.ofSeconds(1);

    private final DemoWorkload written;
    /** Enough to show that no tally depends on it, few enough for a machine with two cores. */
    private static final Map<String, String> DEFAULTS = Map.of("topics.partitions", "2");

    private final OwnServers configured;
    private final StopSignal stop;

    /** What was written and measured so far. */
    private Optional<WorkloadStatistics> statistics = Optional.empty();

    private Latencies latencies = new Latencies();

    Demo(DemoWorkload written, CommonOptions common, StopSignal stop) {
        this.written = written;
        this.configured = OwnServers.forPipeline(common);
        this.stop = stop;
    }

    /** The document of a demo that was stopped before its comparison. */
    Map<String, Object> stoppedJson() {
        return DemoResult.stoppedJson(written, statistics, latencies);
    }

    /** Returns the result, or nothing if the demo was stopped before its comparison. */
    Optional<DemoResult> run(Display display) {
        try (display) {
            configured.check();
            display.phase("seed " + written.seed() + ": starting PostgreSQL, Kafka and the schema registry ...");
            try (Infrastructure servers = LocalServers.start(InfrastructureOptions.ephemeral());
                    TemporaryDirectory temporary = new TemporaryDirectory("waltally-demo")) {
                return stop.requested() ? Optional.empty() : run(temporary.path(), display, servers);
            }
        } catch (SQLException e) {
            throw new CommandFailure("the demo's database failed: " + e.getMessage(), e);
        }
    }

    private Optional<DemoResult> run(Path directory, Display display, Infrastructure servers) throws SQLException {
        try (DemoReceiver receiver = new DemoReceiver()) {
            return run(configuration(directory, servers, receiver), display, servers, receiver);
        }
    }

    private Optional<DemoResult> run(
            Configuration configuration, Display display, Infrastructure servers, DemoReceiver receiver)
            throws SQLException {
        display.phase("migrating both databases and starting the pipeline ...");
        for (SourceSettings source : configuration.sources().values()) {
            Migrations.migrate(source, configuration.sinks());
        }
        DemoSinks sinks = DemoSinks.create(servers);
        Optional<Instance> started = Instance.start(configuration, EnumSet.allOf(RoleName.class), stop);
        if (started.isEmpty()) {
            return stopping(display);
        }
        try (Instance instance = started.get();
                LiveTallies tallies = new LiveTallies(configuration.kafka(), instance.topics())) {
            if (stoppedBeforeStreaming(instance)) {
                return stopping(display);
            }
            DatabaseAddress s3 = address(servers, PostgresAddress.S3_DATABASE);
            DatabaseAddress sync = address(servers, PostgresAddress.SYNC_DATABASE);
            WorkloadOptions options =
                    WorkloadOptions.of(s3, sync, written.seed()).withRate(written.rate());
            DemoResult.Timing timing;
            latencies = tallies.latencies();
            try (Workload workload = Workload.prepare(options);
                    DemoWatch watch = new DemoWatch(
                            written.seed(),
                            written.duration(),
                            configuration,
                            instance,
                            workload,
                            tallies,
                            receiver::count)) {
                workload.start();
                Instant began = Instant.now();
                display.phase("writing to both databases; the page is at " + instance.uri() + "/; Ctrl-C stops");
                if (stoppedWhileWriting(watch, display, workload, instance)) {
                    return stopping(display);
                }
                workload.stop();
                statistics = Optional.of(workload.statistics());
                Instant stopped = Instant.now();
                display.phase("writers have stopped, applying the backlog ...");
                display.show(watch.frame());
                if (!new PipelineDrain(configuration, instance, stop, TIMEOUT).await()) {
                    return stopping(display);
                }
                timing = new DemoResult.Timing(began, stopped, Instant.now());
                display.phase("everything is applied, waiting for the last expiries and replicas ...");
                display.show(watch.frame());
                if (stoppedBeforeQuiescence(new SqlOracle(sync))) {
                    return stopping(display);
                }
            }
            display.close();
            return compare(
                    configuration, instance, tallies, receiver, sinks, statistics.orElseThrow(), timing, s3, sync);
        }
    }

    /** Gives the terminal back before the servers have stopped. */
    private static Optional<DemoResult> stopping(Display display) {
        display.close();
        display.phase("stopping ...");
        return Optional.empty();
    }

    private boolean stoppedBeforeStreaming(Instance instance) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!instance.streaming()) {
            requireAlive(instance);
            if (System.nanoTime() > deadline) {
                throw new CommandFailure("the pipeline is not ready after " + TIMEOUT.toSeconds() + " s");
            }
            if (stop.await(POLL)) {
                return true;
            }
        }
        return false;
    }

    private static void requireAlive(Instance instance) {
        instance.ended().ifPresent(reason -> {
            throw new CommandFailure(reason);
        });
    }

    private boolean stoppedWhileWriting(DemoWatch watch, Display display, Workload workload, Instance instance) {
        long end = System.nanoTime() + written.duration().toNanos();
        while (System.nanoTime() < end) {
            if (stop.await(Duration.ofNanos(Math.min(LIVE_REFRESH.toNanos(), Math.max(1, end - System.nanoTime()))))) {
                statistics = Optional.of(workload.statistics());
                return true;
            }
            requireAlive(instance);
            workload.failure().ifPresent(cause -> {
                throw new CommandFailure("a writer of the workload ended early: " + cause.getMessage(), cause);
            });
            display.show(watch.frame());
        }
        return false;
    }

    /**
     * Waits until no object's grace period is running, no record is about to expire, and the tallies include everything
     * due.
     */
    private boolean stoppedBeforeQuiescence(SqlOracle oracle) throws SQLException {
        if (stop.await(REPLICATION_GRACE)) {
            return true;
        }
        Optional<Instant> next = oracle.lastExpiryWithin(STILL);
        while (next.isPresent()) {
            if (stop.await(Duration.between(Instant.now(), next.get()).plusMillis(1))) {
                return true;
            }
            next = oracle.lastExpiryWithin(STILL);
        }
        return stop.await(AFTER_DEADLINE);
    }

    private Optional<DemoResult> compare(
            Configuration configuration,
            Instance instance,
            LiveTallies live,
            DemoReceiver receiver,
            DemoSinks sinks,
            WorkloadStatistics performed,
            DemoResult.Timing timing,
            DatabaseAddress s3,
            DatabaseAddress sync)
            throws SQLException {
        PublishedTallies published = PublishedTallies.read(configuration.kafka(), instance.topics());
        S3Tallies tables = new SqlOracle(s3).s3Tallies(REPLICATION_FACTOR);
        Comparison comparison = Comparison.of(published, tables, new SqlOracle(sync).syncTallies(Instant.now()));
        Map<String, Long> expected = ComparedNotifications.expected(
                performed, tables, configuration.streams().pipeline().usageLimits());
        comparison.compareNotifications(ComparedNotifications.derived(published.notificationsByType()), expected);
        if (!delivered(receiver, published.notifications())) {
            return Optional.empty();
        }
        comparison.compareDeliveries(receiver.delivered(), published.notifications());
        if (!sinks.compared(comparison, s3, sync, stop)) {
            return Optional.empty();
        }
        return Optional.of(new DemoResult(
                written,
                performed,
                timing,
                comparison,
                new DemoResult.Notifications(
                        expected, published.notificationsByType(), receiver.count(), receiver.repeated()),
                live.latencies(),
                neverOccurred(performed)));
    }

    /** Waits for all of them; returns false if it was stopped before. */
    private boolean delivered(DemoReceiver receiver, List<PublishedTallies.Event> notifications) {
        List<String> ids =
                notifications.stream().map(PublishedTallies.Event::id).toList();
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!receiver.delivered().keySet().containsAll(ids) && System.nanoTime() < deadline) {
            if (stop.await(POLL)) {
                return false;
            }
        }
        return true;
    }

    private static List<String> neverOccurred(WorkloadStatistics statistics) {
        return statistics.operations().entrySet().stream()
                .filter(operation -> operation.getValue() == 0)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    private Configuration configuration(Path directory, Infrastructure servers, DemoReceiver receiver) {
        Map<String, String> values = LocalServers.configuration(servers);
        values.putAll(receiver.configuration());
        values.putAll(DemoSinks.configuration(servers));
        values.put("http.port", "0");
        values.put("streams.object-copies", String.valueOf(REPLICATION_FACTOR));
        values.put("streams.object-copies-grace", REPLICATION_GRACE.toSeconds() + "s");
        values.put("streams.notify-collections", "false");
        // A backend that is never removed, so its counters stay.
        values.put("streams.usage-limits.archive.api-requests", "100");
        values.put("streams.usage-limits.archive.egress-bytes", "10MiB");
        values.put("streams.state-directory", directory.resolve("streams").toString());
        return configured.with(values, DEFAULTS);
    }

    private static DatabaseAddress address(Infrastructure servers, String database) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(database), servers.postgres().user());
    }
}
