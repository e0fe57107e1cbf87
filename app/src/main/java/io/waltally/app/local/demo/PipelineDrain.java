package io.waltally.app.local.demo;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.run.Instance;
import io.waltally.app.run.StopSignal;
import io.waltally.app.status.SourceConnections;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Waits until every written transaction is in the tallies, after writing has stopped. */
final class PipelineDrain {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Configuration configuration;
    private final Instance instance;
    private final StopSignal stop;
    private final Duration timeout;

    PipelineDrain(Configuration configuration, Instance instance, StopSignal stop, Duration timeout) {
        this.configuration = configuration;
        this.instance = instance;
        this.stop = stop;
        this.timeout = timeout;
    }

    /**
     * Waits until the applied LSN of every source passes the server's current one.
     *
     * @return false if the stop signal came first
     * @throws CommandFailure saying what did not arrive in time
     */
    boolean await() throws SQLException {
        Map<Source, Lsn> written = new EnumMap<>(Source.class);
        for (SourceSettings source : configuration.sources().values()) {
            written.put(source.source(), serverLsn(source));
        }
        for (Map.Entry<Source, Lsn> source : written.entrySet()) {
            if (!until(
                    () -> instance.published(source.getKey())
                            .map(asOf -> asOf.lsn().compareTo(source.getValue()) >= 0)
                            .orElse(false),
                    "the tallies of " + source.getKey() + " to pass " + source.getValue())) {
                return false;
            }
        }
        return true;
    }

    private boolean until(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            Optional<String> ended = instance.ended();
            if (ended.isPresent()) {
                throw new CommandFailure(ended.get());
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailure("waited " + timeout.toSeconds() + " s for " + what + ", in vain");
            }
            if (stop.await(POLL)) {
                return false;
            }
        }
        return true;
    }

    static Lsn serverLsn(SourceSettings source) throws SQLException {
        try (Connection connection = SourceConnections.open(source);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }
}
