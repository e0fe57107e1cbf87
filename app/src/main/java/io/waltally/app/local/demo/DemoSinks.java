package io.waltally.app.local.demo;

import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.SinkTables;
import io.waltally.app.run.StopSignal;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sinks of the demo: tallies beside the applications' own counters, and a replica of tables in a database of the
 * same server.
 */
final class DemoSinks {
    private static final String REPLICA = "waltally_demo_replica";
    private static final String SCHEMA = "s3";
    private static final List<String> TABLES = List.of("object_locations", "backend_usage");
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(100);

    private final DatabaseAddress replica;

    private DemoSinks(DatabaseAddress replica) {
        this.replica = replica;
    }

    /** Creates the replica's database. */
    static DemoSinks create(Infrastructure servers) throws SQLException {
        try (Connection connection =
                        address(servers, PostgresAddress.S3_DATABASE).connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + REPLICA);
        }
        return new DemoSinks(address(servers, REPLICA));
    }

    /** By dotted key. */
    static Map<String, String> configuration(Infrastructure servers) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("sinks[0].name", "quotas");
        values.put("sinks[0].type", "backend-quotas");
        values.put("sinks[1].name", "collections");
        values.put("sinks[1].type", "user-collections");
        values.put("sinks[2].name", "replica");
        values.put("sinks[2].type", "postgres");
        values.put("sinks[2].source", "s3");
        values.put("sinks[2].tables", String.join(", ", TABLES));
        values.put("sinks[2].url", servers.jdbcUrl(REPLICA));
        values.put("sinks[2].user", servers.postgres().user());
        values.put("sinks[2].schema", SCHEMA);
        return values;
    }

    private static DatabaseAddress address(Infrastructure servers, String database) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(database), servers.postgres().user());
    }

    /**
     * Compares what was written, once it is equal or the timeout has passed.
     *
     * @return false if the demo was stopped before
     */
    boolean compared(Comparison comparison, DatabaseAddress s3, DatabaseAddress sync, StopSignal stop)
            throws SQLException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (System.nanoTime() < deadline) {
            Comparison now = new Comparison();
            compare(now, s3, sync);
            if (now.differences().isEmpty()) {
                break;
            }
            if (stop.await(POLL)) {
                return false;
            }
        }
        compare(comparison, s3, sync);
        return true;
    }

    private void compare(Comparison comparison, DatabaseAddress s3, DatabaseAddress sync) throws SQLException {
        comparison.compareShadows(
                SinkTables.quotas(s3),
                SinkTables.collections(sync),
                new SqlOracle(s3).s3Tallies(),
                new SqlOracle(sync).syncTallies(Instant.now()));
        comparison.compareReplicas(
                SinkTables.digests(s3, replica, SCHEMA, TABLES), SinkTables.digests(s3, s3, "public", TABLES));
    }
}
