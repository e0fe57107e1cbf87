package io.waltally.app.local.bench;

import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Commits transactions of one new row each at a steady rate, on several connections. */
final class SteadyWriter implements AutoCloseable {
    private static final int CONNECTIONS = 4;

    private final Source source;
    private final String url;
    private final String user;
    private final int rate;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong written = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;
    private volatile @Nullable SQLException failure;

    /**
     * Writes the rows that later rows refer to.
     *
     * @param rate transactions per second
     */
    SteadyWriter(Source source, String url, String user, int rate) throws SQLException {
        this.source = source;
        this.url = url;
        this.user = user;
        this.rate = rate;
        try (Connection connection = DriverManager.getConnection(url, user, "");
                Statement statement = connection.createStatement()) {
            statement.execute(
                    switch (source) {
                        case S3 ->
                            "INSERT INTO public.backend_quotas (backend_name, bytes_limit)"
                                    + " SELECT 'backend-' || i, 0 FROM generate_series(0, 2) i";
                        case SYNC ->
                            "INSERT INTO public.user_collections (user_id, collection_id, modified)"
                                    + " SELECT u, c, now() FROM generate_series(0, 1999) u, generate_series(3, 7) c";
                    });
        }
    }

    void start() {
        long began = System.nanoTime();
        for (int i = 0; i < CONNECTIONS; i++) {
            Thread thread = new Thread(() -> write(began), "steady-writer-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    /** Number of transactions so far. */
    long written() {
        return written.get();
    }

    /** The reason why a connection has stopped writing; then the rate is not reached. */
    Optional<SQLException> failure() {
        return Optional.ofNullable(failure);
    }

    void stop() {
        stopped = true;
    }

    private void write(long began) {
        try (Connection connection = DriverManager.getConnection(url, user, "");
                PreparedStatement insert = connection.prepareStatement(insert())) {
            while (!stopped) {
                long number = next.getAndIncrement();
                // Waits for its turn; a writer that is late does not wait, so that the rate holds.
                LockSupport.parkNanos(began + number * 1_000_000_000L / rate - System.nanoTime());
                insert.setLong(1, number);
                insert.executeUpdate();
                written.incrementAndGet();
            }
        } catch (SQLException e) {
            failure = e;
        }
    }

    private String insert() {
        return switch (source) {
            case S3 ->
                "INSERT INTO public.object_locations (object_key, backend_name, size_bytes, content_hash)"
                        + " SELECT format('bucket-%s/photos/2026/%s.jpg', n % 16, n), 'backend-' || n % 3, n,"
                        + " encode(sha256(n::text::bytea), 'hex') FROM (SELECT ?::bigint AS n) numbered";
            case SYNC ->
                "WITH numbered AS (SELECT ?::bigint AS n), updated AS (UPDATE public.user_collections"
                        + " SET modified = now() FROM numbered"
                        + " WHERE user_id = n % 2000 AND collection_id = 3 + n / 2000 % 5)"
                        + " INSERT INTO public.bsos (user_id, collection_id, bso_id, payload, modified, expiry)"
                        + " SELECT n % 2000, 3 + n / 2000 % 5, n::text, repeat(md5(n::text), 14), now(),"
                        + " now() + interval '2100000000 seconds' FROM numbered";
        };
    }

    @Override
    public void close() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
