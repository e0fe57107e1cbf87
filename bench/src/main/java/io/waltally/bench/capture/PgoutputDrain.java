package io.waltally.bench.capture;

import io.waltally.bench.BenchmarkDatabase;
import io.waltally.bench.BenchmarkException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.replication.PGReplicationStream;

/** PostgreSQL's decoding at the speed of the JDBC driver: counts inserts and parses nothing. */
final class PgoutputDrain implements MeasuredReader {
    private static final byte INSERT = 'I';

    private final BenchmarkDatabase database;
    private final String publication;

    PgoutputDrain(BenchmarkDatabase database, String publication) {
        this.database = database;
        this.publication = publication;
    }

    @Override
    public String name() {
        return "drain";
    }

    @Override
    public String slot() {
        return "bench_drain";
    }

    @Override
    public Reading start() {
        try {
            Connection connection = database.connectForReplication();
            PGReplicationStream stream = connection
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .replicationStream()
                    .logical()
                    .withSlotName(slot())
                    .withSlotOption("proto_version", 1)
                    .withSlotOption("publication_names", publication)
                    .start();
            return new Draining(connection, stream);
        } catch (SQLException e) {
            throw new BenchmarkException("pgoutput cannot be read: " + e.getMessage(), e);
        }
    }

    private static final class Draining implements Reading {
        private final Connection connection;
        private final PGReplicationStream stream;
        private final Thread thread = new Thread(this::drain, "drain");
        private volatile long rows;
        private volatile @Nullable Exception error;
        private volatile boolean closed;

        Draining(Connection connection, PGReplicationStream stream) {
            this.connection = connection;
            this.stream = stream;
            thread.start();
        }

        private void drain() {
            long count = 0;
            try {
                while (!closed) {
                    ByteBuffer message = stream.readPending();
                    if (message == null) {
                        rows = count;
                        TimeUnit.MILLISECONDS.sleep(1);
                    } else if (message.get(message.position()) == INSERT) {
                        count++;
                    }
                }
            } catch (SQLException | InterruptedException e) {
                error = e;
            }
        }

        @Override
        public long rows() {
            Exception failure = error;
            if (failure != null) {
                throw new BenchmarkException("pgoutput ended: " + failure.getMessage(), failure);
            }
            return rows;
        }

        @Override
        public void close() {
            closed = true;
            try {
                thread.join();
                connection.close();
            } catch (SQLException e) {
                throw new BenchmarkException("the replication connection was not closed: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
