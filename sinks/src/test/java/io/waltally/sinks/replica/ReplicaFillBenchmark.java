package io.waltally.sinks.replica;

import io.waltally.schemas.Source;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows per second of the initial fill of a replica, beside COPY of the same rows from a file into an equal table, in
 * turns. Not part of {@code mvn verify}: {@code mvn verify -pl sinks -am -Dtest=NONE -Dit.test=ReplicaFillBenchmark
 * -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false -Dtest.jvm=-Xmx1g}.
 */
class ReplicaFillBenchmark {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFillBenchmark.class);

    private static final int ROWS = Integer.getInteger("waltally.bench.rows", 1_000_000);
    private static final int ROUNDS = Integer.getInteger("waltally.bench.rounds", 5);

    private enum Table {
        OBJECT_LOCATIONS(
                Source.S3,
                "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('b1', 0), ('b2', 0), ('b3', 0)",
                "INSERT INTO object_locations (object_key, backend_name, size_bytes, created_at, encrypted, content_hash)"
                        + " SELECT 'bucket-' || i %% 50 || '/photos/2026/' || md5(i::text), 'b' || 1 + i %% 3, i, now(),"
                        + " false, md5(i::text) || md5('x' || i) FROM generate_series(1, %d) i"),
        BSOS(
                Source.SYNC,
                "INSERT INTO user_collections SELECT u, 7, now() FROM generate_series(0, 9999) u",
                "INSERT INTO bsos SELECT i %% 10000, 7, 'bso' || i, 100, repeat(md5(i::text), 10), now(),"
                        + " now() + interval '1 year' FROM generate_series(1, %d) i");

        private final Source source;
        private final String before;
        private final String insert;

        Table(Source source, String before, String insert) {
            this.source = source;
            this.before = before;
            this.insert = insert;
        }

        String table() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void fill(Table table) throws Exception {
        try (ReplicaFixture fixture = new ReplicaFixture(table.source, List.of(table.table()))) {
            fixture.sql(table.before);
            fixture.sql(table.insert.formatted(ROWS));
            fixture.capture();
            ReplicaFixture.Parts parts = fixture.parts();
            Path file = Files.createTempFile("waltally-replica", ".copy");
            try {
                export(fixture, table, file);
                List<Double> copies = new ArrayList<>();
                List<Double> fills = new ArrayList<>();
                for (int round = 0; round <= ROUNDS; round++) {
                    double fill = ROWS / fill(fixture, parts, table, "fill_" + round);
                    double copy = ROWS / copy(fixture, table, "fill_" + round, file);
                    ReplicaFixture.execute(fixture.target(), "DROP SCHEMA fill_" + round + " CASCADE");
                    LOG.info("{} round {}: replica {} rows/s, COPY {} rows/s", table, round, (long) fill, (long) copy);
                    // The first one warms up.
                    if (round > 0) {
                        copies.add(copy);
                        fills.add(fill);
                    }
                }
                LOG.info(
                        "{}: {} rows, median of {}: replica {} rows/s, COPY {} rows/s, ratio {}",
                        table,
                        ROWS,
                        ROUNDS,
                        (long) median(fills),
                        (long) median(copies),
                        "%.2f".formatted(median(fills) / median(copies)));
            } finally {
                Files.delete(file);
            }
        }
    }

    private static void export(ReplicaFixture fixture, Table table, Path file) throws Exception {
        try (OutputStream out = Files.newOutputStream(file)) {
            fixture.writer()
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY " + table.table() + " TO STDOUT", out);
        }
    }

    /** Seconds from the start of the sink until all rows are committed. */
    private static double fill(ReplicaFixture fixture, ReplicaFixture.Parts parts, Table table, String name)
            throws Exception {
        long start = System.nanoTime();
        try (SinkRunner sink = fixture.sink(name, name, parts, true, target -> target)) {
            ReplicaFixture.waitFor(table + " filled", () -> {
                SinkStatus status = sink.status();
                if (status.retries() > 0) {
                    throw new AssertionError(status.toString());
                }
                return status.rows() >= ROWS && status.completeTo().isPresent();
            });
        }
        return seconds(start);
    }

    /** Seconds that COPY takes into a table like the replica. */
    private static double copy(ReplicaFixture fixture, Table table, String schema, Path file) throws Exception {
        String copied = schema + ".copied";
        try (Connection connection = fixture.connectToTarget();
                InputStream rows = Files.newInputStream(file)) {
            ReplicaFixture.execute(
                    connection,
                    "CREATE TABLE " + copied + " (LIKE " + schema + "." + table.table()
                            + " INCLUDING ALL); CHECKPOINT");
            long start = System.nanoTime();
            connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY " + copied + " FROM STDIN", rows, 1 << 16);
            return seconds(start);
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
