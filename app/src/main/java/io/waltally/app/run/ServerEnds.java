package io.waltally.app.run;

import io.waltally.app.config.SourceSettings;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Up to where the WAL of each source's server goes. A server is asked once a second at most, however many want to know. */
final class ServerEnds {
    private static final Logger LOG = LoggerFactory.getLogger(ServerEnds.class);
    private static final long VALID_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<Source, Server> servers = new EnumMap<>(Source.class);

    ServerEnds(Map<Source, SourceSettings> sources) {
        sources.forEach((source, settings) -> servers.put(source, new Server(settings)));
    }

    /** Empty where the server does not tell, and for a source that is not configured. */
    Optional<Lsn> of(Source source) {
        Server server = servers.get(source);
        return server == null ? Optional.empty() : server.end();
    }

    private static final class Server {
        private final SourceSettings source;
        private long askedNanos = System.nanoTime() - VALID_NANOS;
        private Optional<Lsn> end = Optional.empty();

        Server(SourceSettings source) {
            this.source = source;
        }

        synchronized Optional<Lsn> end() {
            if (System.nanoTime() - askedNanos >= VALID_NANOS) {
                end = ask();
                askedNanos = System.nanoTime();
            }
            return end;
        }

        private Optional<Lsn> ask() {
            try (Connection connection = SourceConnections.open(source);
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
                row.next();
                return Optional.of(Lsn.parse(row.getString(1)));
            } catch (SQLException e) {
                LOG.debug("{} does not tell the end of its WAL", source.source(), e);
                return Optional.empty();
            }
        }
    }
}
