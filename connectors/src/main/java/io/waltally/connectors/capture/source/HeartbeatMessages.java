package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.schemas.Lsn;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Advances the position of an idle database by a WAL message, if the position has not changed for an interval while the
 * server's WAL has grown. Without it, the slot would retain the WAL of other databases.
 *
 * <p>Messages of other sources of the server are no reason for a message of this one before {@link #MAX_SILENCE},
 * because two idle sources would answer each other for ever.
 */
public final class HeartbeatMessages implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HeartbeatMessages.class);

    /** After this time without a message one is written in any case. */
    private static final Duration MAX_SILENCE = Duration.ofSeconds(10);

    /** More than the messages of some other sources, and the server's own records, add meanwhile. */
    private static final long MESSAGES_OF_OTHERS_BYTES = 1024;

    private final CaptureConfig config;
    private final SourceDatabase database;
    private final Supplier<Optional<Lsn>> captured;
    private final Check alsoEachTime;
    private final ScheduledExecutorService scheduler;
    private Optional<Lsn> seen = Optional.empty();
    private Lsn written = Lsn.ZERO;
    private long writtenNanos = System.nanoTime();

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
            if (now.equals(seen) && due(now.orElse(Lsn.ZERO), database.walEnd())) {
                database.emitMessage();
                written = database.walEnd();
                writtenNanos = System.nanoTime();
            }
            seen = now;
            alsoEachTime.run();
        } catch (SQLException e) {
            // The engine has the same problem, and decides what it means.
            LOG.debug("no message written to the WAL of {}", config.source(), e);
        }
    }

    private boolean due(Lsn position, Lsn end) {
        if (System.nanoTime() - writtenNanos >= MAX_SILENCE.toNanos()) {
            return true;
        }
        boolean streamedSince = position.isAfter(written);
        return end.isAfter(position) && (streamedSince || end.minus(written) > MESSAGES_OF_OTHERS_BYTES);
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
