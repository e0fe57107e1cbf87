package io.waltally.app.run;

import io.waltally.app.config.SourceSettings;
import io.waltally.app.http.route.tally.WalEnds;
import io.waltally.app.status.SourceConnections;
import io.waltally.connectors.capture.source.SourceDatabase;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queries the ends of the servers' WAL, once per second and server at most, on one connection each, for any number of
 * callers. Also writes a message behind the end, so that the captured position passes the end at once: on an idle
 * database capture itself would do so only seconds later.
 */
final class WalEndReader implements WalEnds {
    private static final Logger LOG = LoggerFactory.getLogger(WalEndReader.class);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<Source, Server> servers = new EnumMap<>(Source.class);

    WalEndReader(Map<Source, SourceSettings> sources) {
        sources.forEach((source, settings) -> servers.put(source, new Server(settings)));
    }

    /** Empty also for a source that is not configured. */
    @Override
    public Optional<Lsn> after(long since, Source source) {
        Server server = servers.get(source);
        return server == null ? Optional.empty() : server.endAfter(since);
    }

    private static final class Server {
        private final SourceSettings source;
        private final ReentrantLock asking = new ReentrantLock();
        private long askedNanos = System.nanoTime() - PAUSE_NANOS;
        private Optional<Lsn> end = Optional.empty();

        Server(SourceSettings source) {
            this.source = source;
        }

        /** Empty while another thread queries it. */
        Optional<Lsn> endAfter(long since) {
            if (!asking.tryLock()) {
                return Optional.empty();
            }
            try {
                long now = System.nanoTime();
                if (now - askedNanos >= PAUSE_NANOS) {
                    end = ask();
                    askedNanos = now;
                }
                return askedNanos - since > 0 ? end : Optional.empty();
            } finally {
                asking.unlock();
            }
        }

        private Optional<Lsn> ask() {
            try (Connection connection = SourceConnections.open(source);
                    Statement statement = connection.createStatement()) {
                // The message need not wait for a standby.
                statement.execute("SET synchronous_commit = local");
                Lsn current = end(statement);
                statement.execute(SourceDatabase.EMIT_MESSAGE);
                return Optional.of(current);
            } catch (SQLException e) {
                LOG.debug("cannot query the end of the WAL of {}", source.source(), e);
                return Optional.empty();
            }
        }

        private static Lsn end(Statement statement) throws SQLException {
            try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
                row.next();
                return Lsn.parse(row.getString(1));
            }
        }
    }
}
