package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.schemas.Lsn;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Advances the position of an idle database: writes a message to the WAL if the position did not change for an
 * interval. Otherwise the slot would retain the WAL that other databases of the server write.
 */
public final class HeartbeatMessages implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(HeartbeatMessages.class);

    private final CaptureConfig config;
    private final SourceDatabase database;
    private final Supplier<Optional<Lsn>> captured;
    private final Check alsoEachTime;
    private final ScheduledExecutorService scheduler;
    private Optional<Lsn> seen = Optional.empty();

    public HeartbeatMessages(
            CaptureConfig config, SourceDatabase database, Supplier<Optional<Lsn>> captured, Check alsoEachTime) {
        this.config = config;
        this.database = database;
        this.captured = captured;
        this.alsoEachTime = alsoEachTime;
        this.scheduler = Executors.newSingleThreadScheduledExecutor(
                task -> new Thread(task, "heartbeat-" + config.source().id()));
    }

    /** A query of the server that is due at each interval. */
    public interface Check {
        void run() throws SQLException;
    }

    public void start() {
        long interval = config.heartbeatInterval().toMillis();
        var unused = scheduler.scheduleWithFixedDelay(this::tick, interval, interval, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        Optional<Lsn> now = captured.get();
        try {
            if (now.equals(seen)) {
                database.emitMessage();
            }
            seen = now;
            alsoEachTime.run();
        } catch (SQLException e) {
            // The engine has the same problem, and decides what it means.
            LOGGER.debug("no message written to the WAL of {}", config.source(), e);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
