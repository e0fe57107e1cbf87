package io.waltally.connectors.capture;

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
 * Keeps the position of a quiet database moving: when it did not for an interval, writes one message to the WAL. Without
 * it the slot would retain what busier databases of the server write.
 */
final class IdleMessages implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(IdleMessages.class);

    private final CaptureConfig config;
    private final SourceDatabase database;
    private final Supplier<CaptureStatus> status;
    private final Check alsoEachTime;
    private final ScheduledExecutorService scheduler;
    private Optional<Lsn> seen = Optional.empty();

    IdleMessages(CaptureConfig config, SourceDatabase database, Supplier<CaptureStatus> status, Check alsoEachTime) {
        this.config = config;
        this.database = database;
        this.status = status;
        this.alsoEachTime = alsoEachTime;
        this.scheduler = Executors.newSingleThreadScheduledExecutor(
                task -> new Thread(task, "idle-messages-" + config.source().id()));
    }

    /** A look at the server. */
    interface Check {
        void run() throws SQLException;
    }

    void start() {
        long interval = config.idleMessageInterval().toMillis();
        var unused = scheduler.scheduleWithFixedDelay(this::tick, interval, interval, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        Optional<Lsn> captured = status.get().captured();
        try {
            if (captured.equals(seen)) {
                database.emitMessage();
            }
            seen = captured;
            alsoEachTime.run();
        } catch (SQLException e) {
            // The engine meets the same server and decides what it means.
            LOGGER.debug("no message written to the WAL of {}", config.source(), e);
        }
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
