package io.waltally.connectors.capture.retention;

import io.waltally.connectors.capture.config.CaptureConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the WAL that the server retains for the slot every few seconds, and logs it if it is too much. Continues
 * while capture retries and after it has failed, because WAL accumulates then.
 */
public final class SlotMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SlotMonitor.class);
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration INTERVAL = Duration.ofSeconds(5);
    private static final int ANSWER_TIMEOUT_SECONDS = 10;

    private final CaptureConfig config;
    private final BooleanSupplier leads;
    private final RetentionGrowth growth = new RetentionGrowth();
    private final RetentionAlarm alarm;
    private final ScheduledExecutorService scheduler;
    private @Nullable Connection connection;
    private volatile Optional<RetainedWal> latest = Optional.empty();

    public SlotMonitor(CaptureConfig config, BooleanSupplier leads) {
        this.config = config;
        this.leads = leads;
        this.alarm = new RetentionAlarm(config.retainedWalWarning());
        this.scheduler = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "slot-monitor-" + config.source().id());
            thread.setDaemon(true);
            return thread;
        });
    }

    public void start() {
        var unused = scheduler.scheduleWithFixedDelay(
                this::tick, FIRST.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Empty while another process captures the source, and while the server does not answer. */
    public Optional<RetainedWal> latest() {
        return latest;
    }

    private void tick() {
        try {
            latest = leads.getAsBoolean() ? Optional.of(measure()) : Optional.empty();
        } catch (SQLException e) {
            // Capture has the same problem, and reports it.
            LOG.debug("slot {} not measured", config.slot(), e);
            latest = Optional.empty();
        }
        if (latest.isEmpty()) {
            growth.clear();
            disconnect();
        } else {
            alarm.check(latest.get()).ifPresent(this::log);
        }
    }

    private RetainedWal measure() throws SQLException {
        if (connection == null) {
            Properties properties = config.database().properties();
            PGProperty.SOCKET_TIMEOUT.set(properties, ANSWER_TIMEOUT_SECONDS);
            connection = DriverManager.getConnection(config.database().url(), properties);
        }
        ServerWal server = ServerWal.read(connection, config.slot());
        server.slot()
                .flatMap(ServerWal.Slot::retainedBytes)
                .ifPresentOrElse(bytes -> growth.add(System.nanoTime(), bytes), growth::clear);
        return RetainedWal.of(server, growth.bytesPerSecond());
    }

    private void log(RetentionAlarm.Notice notice) {
        switch (notice.severity()) {
            case RECOVERED -> LOG.info("capture of {}: {}", config.source(), notice.message());
            case WARNING -> LOG.warn("capture of {}: {}", config.source(), notice.message());
            case SERIOUS -> LOG.error("capture of {}: {}", config.source(), notice.message());
        }
    }

    private void disconnect() {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                LOG.debug("connection not closed", e);
            }
            connection = null;
        }
    }

    @Override
    public void close() {
        if (!scheduler.isShutdown()) {
            scheduler.execute(this::disconnect);
            scheduler.shutdown();
        }
    }
}
