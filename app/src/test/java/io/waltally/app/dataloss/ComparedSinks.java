package io.waltally.app.dataloss;

import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.SinkTables;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Shadow tables in the databases of both sources, and replicas of both kinds on a server of their own. */
final class ComparedSinks implements AutoCloseable {
    static final List<String> NAMES = List.of("quotas", "collections", "objects", "records");

    private static final List<String> OBJECTS = List.of("object_locations");
    private static final List<String> RECORDS = List.of("bsos", "user_collections");

    private final PostgresServer target = PostgresServer.start(ServerOptions.ephemeral());

    /** Configuration of the sinks, by dotted key. */
    Map<String, String> configuration() {
        Map<String, String> values = new LinkedHashMap<>();
        // Made by 'migrate'.
        values.put("sources.s3.sink.user", "waltally_sink");
        values.put("sources.sync.sink.user", "waltally_sink");
        put(values, 0, Map.of("type", "backend-quotas", "mode", "shadow"));
        put(values, 1, Map.of("type", "user-collections", "mode", "shadow"));
        put(values, 2, replica("s3", OBJECTS, "atomic"));
        put(values, 3, replica("sync", RECORDS, "batched"));
        return values;
    }

    private Map<String, String> replica(String source, List<String> tables, String transactions) {
        return Map.of(
                "type",
                "postgres",
                "source",
                source,
                "tables",
                String.join(", ", tables),
                "transactions",
                transactions,
                "schema",
                source,
                "url",
                replicas().url(),
                "user",
                replicas().user());
    }

    private static void put(Map<String, String> values, int number, Map<String, String> settings) {
        values.put("sinks[" + number + "].name", NAMES.get(number));
        settings.forEach((setting, value) -> values.put("sinks[" + number + "]." + setting, value));
    }

    private DatabaseAddress replicas() {
        return DatabaseAddress.trusted(target.address().jdbcUrl(PostgresAddress.S3_DATABASE), PostgresServer.USER);
    }

    /** Where they differ from what SQL says of the sources. */
    List<String> differences(DatabaseAddress s3, DatabaseAddress sync) {
        Comparison comparison = new Comparison();
        try {
            comparison.compareShadows(
                    SinkTables.quotas(s3),
                    SinkTables.collections(sync),
                    new SqlOracle(s3).s3Tallies(),
                    new SqlOracle(sync).syncTallies(Instant.now()));
            Map<String, String> tables = new TreeMap<>(SinkTables.digests(s3, s3, "public", OBJECTS));
            tables.putAll(SinkTables.digests(sync, sync, "public", RECORDS));
            Map<String, String> replicas = new TreeMap<>(SinkTables.digests(s3, replicas(), "s3", OBJECTS));
            replicas.putAll(SinkTables.digests(sync, replicas(), "sync", RECORDS));
            comparison.compareReplicas(replicas, tables);
        } catch (SQLException e) {
            // Such as a table that a sink has not made yet.
            return List.of(e.getMessage());
        }
        return comparison.differences();
    }

    @Override
    public void close() {
        target.close();
    }
}
