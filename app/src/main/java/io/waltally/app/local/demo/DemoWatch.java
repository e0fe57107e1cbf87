package io.waltally.app.local.demo;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.local.Latencies;
import io.waltally.app.run.Instance;
import io.waltally.app.run.role.CaptureRole;
import io.waltally.schemas.Lsn;
import io.waltally.workload.Workload;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the frames of the display: the changes since the previous frame, and the lag of each stage. */
final class DemoWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DemoWatch.class);

    private static final long LAG_INTERVAL_MILLIS = 1_000;
    private static final long STOP_SECONDS = 5;

    /** Rates are averages of the last seconds, because those of single frames vary. */
    private static final Duration WINDOW = Duration.ofSeconds(3);

    private final long seed;
    private final Duration duration;
    private final Configuration configuration;
    private final Instance instance;
    private final Workload workload;
    private final LiveTallies tallies;
    private final LongSupplier delivered;
    private final long began = System.nanoTime();
    private final List<Counts> history = new ArrayList<>();
    private final ScheduledExecutorService lagReader = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "demo-lag");
        thread.setDaemon(true);
        return thread;
    });
    private volatile long lagBytes;
    private volatile long lagRecords;
    private long p50;
    private long p99;
    private long latenciesRead = System.nanoTime();

    private record Counts(long at, long transactions, long changes, long values, Map<String, Long> collections) {}

    DemoWatch(
            long seed,
            Duration duration,
            Configuration configuration,
            Instance instance,
            Workload workload,
            LiveTallies tallies,
            LongSupplier delivered) {
        this.seed = seed;
        this.duration = duration;
        this.configuration = configuration;
        this.instance = instance;
        this.workload = workload;
        this.tallies = tallies;
        this.delivered = delivered;
        var unused = lagReader.scheduleWithFixedDelay(
                this::readLag, LAG_INTERVAL_MILLIS, LAG_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void readLag() {
        try {
            long bytes = 0;
            for (SourceSettings source : configuration.sources().values()) {
                Lsn server = PipelineDrain.serverLsn(source);
                // Both databases are on one server and share its WAL.
                bytes = Math.max(
                        bytes,
                        instance.captured(source.source()).map(server::minus).orElse(0L));
            }
            lagBytes = Math.max(0, bytes);
            lagRecords = instance.status().stages().values().stream()
                    .mapToLong(stage -> stage.lag().orElse(0L))
                    .sum();
        } catch (SQLException | RuntimeException e) {
            LOG.debug("lag not read", e);
        }
    }

    DemoFrame frame() {
        long now = System.nanoTime();
        Map<String, Long> collectionChanges = new HashMap<>();
        List<LiveTallies.CollectionActivity> activity = tallies.collections();
        activity.forEach(one -> collectionChanges.merge(one.name(), one.changes(), Long::sum));
        Counts counts = new Counts(
                now,
                workload.statistics().committed(),
                instance.captures().stream()
                        .map(CaptureRole::captured)
                        .mapToLong(status -> status.changes())
                        .sum(),
                tallies.values(),
                collectionChanges);
        history.add(counts);
        while (history.size() > 2 && now - history.get(0).at() > WINDOW.toNanos()) {
            history.remove(0);
        }
        Counts before = history.get(0);
        double seconds = Math.max(1, now - before.at()) / 1e9;
        if (now - latenciesRead > WINDOW.toNanos() || p50 == 0) {
            latenciesRead = now;
            Latencies recent = tallies.recentLatencies();
            p50 = recent.quantile(0.5);
            p99 = recent.quantile(0.99);
        }
        return new DemoFrame(
                seed,
                Duration.ofNanos(now - began),
                duration,
                (counts.transactions() - before.transactions()) / seconds,
                (counts.changes() - before.changes()) / seconds,
                (counts.values() - before.values()) / seconds,
                lagBytes,
                lagRecords,
                p50,
                p99,
                configuration.streams().pipeline().capacityThreshold(),
                tallies.backends(),
                activity.stream()
                        .map(one -> new DemoFrame.Collection(
                                one.name(),
                                (one.changes() - before.collections().getOrDefault(one.name(), 0L)) / seconds,
                                one.records(),
                                one.bytes()))
                        .toList(),
                tallies.notifications(),
                delivered.getAsLong());
    }

    /** Waits for the current read, because Kafka's clients treat an interrupt as a failure. */
    @Override
    public void close() {
        lagReader.shutdown();
        try {
            if (!lagReader.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.debug("lag is still being read");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
