package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Detects that the session which holds the lead is lost, and ends the run of the engine. Meanwhile the producer of a new leader fences it, so that both never write.
 */
public final class LeadershipMonitor implements AutoCloseable {
    private static final long INTERVAL_MILLIS = 1_000;

    private final SourceDatabase database;
    private final Runnable end;
    private final ScheduledExecutorService scheduler;
    private final BooleanSupplier ending;
    private volatile boolean lost;

    /**
     * @param end ends the run; called repeatedly until this monitor is closed, because a starting engine cannot be
     *     closed
     * @param ending whether the run is about to end for another reason
     */
    public LeadershipMonitor(CaptureConfig config, SourceDatabase database, Runnable end, BooleanSupplier ending) {
        this.database = database;
        this.end = end;
        this.ending = ending;
        this.scheduler = Executors.newSingleThreadScheduledExecutor(
                task -> new Thread(task, "leadership-monitor-" + config.source().id()));
    }

    public void start() {
        var unused =
                scheduler.scheduleWithFixedDelay(this::check, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void check() {
        if (!ending.getAsBoolean() && !database.isConnected()) {
            lost = true;
        }
        if (lost || ending.getAsBoolean()) {
            end.run();
        }
    }

    /** @throws SQLException if the lead was lost */
    public void requireLead() throws SQLException {
        if (lost) {
            throw new SQLException("the session that held the lead is lost", SourceDatabase.CONNECTION_FAILURE);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
