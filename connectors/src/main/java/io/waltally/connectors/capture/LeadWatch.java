package io.waltally.connectors.capture;

import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Notices that the session which holds the lead is gone, and the lead with it, and ends the run that went on under it.
 * Until the run has ended Kafka keeps it from writing beside another leader.
 */
final class LeadWatch implements AutoCloseable {
    private static final long INTERVAL_MILLIS = 1_000;

    private final SourceDatabase database;
    private final Runnable end;
    private final ScheduledExecutorService scheduler;
    private final BooleanSupplier ending;
    private volatile boolean lost;

    /**
     * @param end ends the run; called again until this watch is closed, since an engine that starts cannot be closed
     * @param ending whether the run is to end for another reason
     */
    LeadWatch(CaptureConfig config, SourceDatabase database, Runnable end, BooleanSupplier ending) {
        this.database = database;
        this.end = end;
        this.ending = ending;
        this.scheduler = Executors.newSingleThreadScheduledExecutor(
                task -> new Thread(task, "lead-watch-" + config.source().id()));
    }

    void start() {
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
    void requireLead() throws SQLException {
        if (lost) {
            throw new SQLException("the session that held the lead is lost", SourceDatabase.CONNECTION_FAILURE);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
