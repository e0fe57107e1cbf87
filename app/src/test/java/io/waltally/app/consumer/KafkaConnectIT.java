package io.waltally.app.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.SourceSettings;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.Sql;
import io.waltally.app.fixture.Wait;
import io.waltally.app.local.LocalServers;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.role.RoleName;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.process.Ports;
import io.waltally.schemas.Source;
import io.waltally.workload.Workload;
import io.waltally.workload.WorkloadOptions;
import io.waltally.workload.session.DatabaseAddress;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Debezium's JDBC sink reads the cdc topics with Confluent's converter, configured by the files of
 * docs/examples/kafka-connect. {@code -Dwaltally.seed} repeats the workload.
 */
class KafkaConnectIT {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaConnectIT.class);

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path EXAMPLES = ROOT.resolve("docs/examples/kafka-connect");
    private static final Path PLUGINS = ROOT.resolve("app/target/connect-plugins");
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final double TRANSACTIONS_PER_SECOND = 60;

    private final long seed = Long.getLong("waltally.seed", System.nanoTime());

    @TempDir
    private Path directory;

    @Test
    void replicasEqualTheirSourcesAfterConnectIsKilled() throws Exception {
        LOG.info("seed {}", seed);
        try (Infrastructure servers = Infrastructure.forTests()) {
            // Given
            writeManifest();
            Map<String, String> values = FewPartitions.configuration(servers);
            values.put("http.port", "0");
            Configuration configuration = Configuration.from(values);
            configuration.sources().values().forEach(Migrations::migrate);
            for (Source source : Source.values()) {
                createReplica(servers, source);
            }
            try (Workload workload = Workload.prepare(
                    WorkloadOptions.of(address(servers, Source.S3), address(servers, Source.SYNC), seed)
                            .withRate(TRANSACTIONS_PER_SECOND))) {
                workload.start();
                // These rows come with the snapshot.
                awaitCommitted(workload, 200);
                try (Instance capture = Instance.start(configuration, Set.of(RoleName.CAPTURE), new StopSignal())
                        .orElseThrow()) {
                    assertThat(capture.captures()).hasSameSizeAs(Source.values());
                    // When
                    try (ConnectWorker killed = startConnect(servers)) {
                        await(
                                "rows in the replicas",
                                () -> hasRows(servers, "s3_replica", "object_locations")
                                        && hasRows(servers, "sync_replica", "bsos"));
                        awaitCommitted(workload, 200);
                        killed.kill();
                    }
                    addColumns(servers);
                    awaitCommitted(workload, 200);
                    try (ConnectWorker restarted = startConnect(servers)) {
                        await(
                                "the added columns",
                                () -> hasColumn(servers, "s3_replica", "storage_class")
                                        && hasColumn(servers, "sync_replica", "device"));
                        awaitCommitted(workload, 200);
                        workload.stop();
                        writeRareChanges(servers);
                        // Then
                        awaitEqual(servers, configuration, restarted);
                        restarted.stop();
                    }
                    assertThat(differences(servers, configuration)).isEmpty();
                }
                LOG.info("replicated {}", workload.statistics().changes());
            }
        }
    }

    /** As Kafka's connect-plugin-path.sh does it: the repackaged converter has no manifest. */
    private static void writeManifest() throws IOException {
        Path manifests = PLUGINS.resolve("avro-converter/manifests.jar");
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(manifests))) {
            jar.putNextEntry(new JarEntry("META-INF/services/org.apache.kafka.connect.storage.Converter"));
            jar.write("io.confluent.connect.avro.AvroConverter\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The tables of the source, which are empty yet, and the triggers. */
    private static void createReplica(Infrastructure servers, Source source) throws SQLException, IOException {
        String replica = replica(source);
        Sql.execute(servers, "postgres", "CREATE DATABASE " + replica + " TEMPLATE " + LocalServers.database(source));
        Sql.execute(servers, replica, Files.readString(EXAMPLES.resolve("keep-unchanged-values.sql")));
        if (source == Source.SYNC) {
            // What the application's migrations write comes from the topic, too.
            Sql.execute(servers, replica, "DELETE FROM collections");
        }
    }

    /** As standalone Connect runs with the files of the documentation, except for the addresses in them. */
    private ConnectWorker startConnect(Infrastructure servers) throws IOException {
        int port = Ports.anyFree();
        Map<String, String> addresses = new LinkedHashMap<>();
        addresses.put("127.0.0.1:19092", servers.kafka());
        addresses.put(
                "http://127.0.0.1:18081/apis/ccompat/v7", servers.registry().toString());
        addresses.put(
                "127.0.0.1:15432",
                servers.postgres().host() + ":" + servers.postgres().port());
        addresses.put("http://127.0.0.1:8083", "http://127.0.0.1:" + port);
        addresses.put("/opt/connect/plugins", PLUGINS.toString());
        addresses.put(
                "/tmp/connect.offsets", directory.resolve("connect.offsets").toString());
        Set<String> substituted = new HashSet<>();
        List<Path> files = new ArrayList<>();
        for (String name : List.of("worker.properties", "s3-replica.properties", "sync-replica.properties")) {
            String text = Files.readString(EXAMPLES.resolve(name));
            for (Map.Entry<String, String> address : addresses.entrySet()) {
                if (text.contains(address.getKey())) {
                    substituted.add(address.getKey());
                    text = text.replace(address.getKey(), address.getValue());
                }
            }
            files.add(Files.writeString(directory.resolve(name), text));
        }
        assertThat(substituted).as("addresses in %s", EXAMPLES).isEqualTo(addresses.keySet());
        return ConnectWorker.start(
                directory, ROOT, URI.create("http://127.0.0.1:" + port), files.get(0), files.subList(1, files.size()));
    }

    private static void addColumns(Infrastructure servers) throws SQLException {
        Sql.execute(
                servers,
                LocalServers.database(Source.S3),
                "ALTER TABLE object_locations ADD COLUMN storage_class text NOT NULL DEFAULT 'STANDARD'");
        Sql.execute(
                servers,
                LocalServers.database(Source.SYNC),
                "ALTER TABLE bsos ADD COLUMN device bigint DEFAULT 9007199254740993");
    }

    /** Changes that the workload does not make, or only if the seed says so. */
    private static void writeRareChanges(Infrastructure servers) throws SQLException {
        // Each statement is a transaction.
        for (String sql : List.of(
                "INSERT INTO user_collections (user_id, collection_id, modified) VALUES (9007199254740993, 7, '0001-01-01Z')",
                // Stored out of line, then left as it is by an update, a changed key, and an update under the new key.
                "INSERT INTO bsos (user_id, collection_id, bso_id, payload, modified, expiry)"
                        + " SELECT 9007199254740993, 7, 'large-' || i, (SELECT string_agg(md5(random()::text), '')"
                        + " FROM generate_series(1, 500 + i)), now(), 'infinity' FROM generate_series(1, 20) i",
                "UPDATE bsos SET sortindex = -1, device = NULL WHERE user_id = 9007199254740993",
                "UPDATE bsos SET bso_id = 'moved-' || bso_id WHERE user_id = 9007199254740993 AND bso_id < 'large-2'",
                "UPDATE bsos SET sortindex = 2 WHERE user_id = 9007199254740993",
                "DELETE FROM bsos WHERE user_id = 9007199254740993 AND bso_id = 'moved-large-1'")) {
            Sql.execute(servers, LocalServers.database(Source.SYNC), sql);
        }
        for (String sql : List.of(
                // As the documentation says of large values in jsonb.
                "ALTER TABLE multipart_uploads REPLICA IDENTITY FULL",
                "INSERT INTO backend_quotas (backend_name, bytes_limit) VALUES ('rare', 9007199254740993)",
                "INSERT INTO multipart_uploads (upload_id, object_key, backend_name, metadata, encryption_key)"
                        + " SELECT 'u-' || i, E'quote''s \\\\ \\n 漢', 'rare', jsonb_build_object('n', i, 'x', NULL, 'y',"
                        + " (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 500 + i))),"
                        + " decode(md5(i::text), 'hex') FROM generate_series(1, 9) i",
                "UPDATE multipart_uploads SET content_type = 'text/plain' WHERE backend_name = 'rare'",
                "UPDATE multipart_uploads SET upload_id = 'v-' || upload_id WHERE backend_name = 'rare'",
                "INSERT INTO object_locations (object_key, backend_name, size_bytes, storage_class)"
                        + " SELECT 'rare/' || i, 'rare', i, 'GLACIER' FROM generate_series(1, 50) i",
                "UPDATE object_locations SET object_key = 'renamed/' || object_key WHERE backend_name = 'rare'",
                "INSERT INTO cleanup_dlq (original_id, backend_name, object_key, reason, attempts, first_enqueued_at)"
                        + " SELECT i, 'rare', 'rare/' || i, 'test', 10, now() FROM generate_series(1, 50) i",
                // No delete is in the topic, only tombstones.
                "TRUNCATE cleanup_dlq")) {
            Sql.execute(servers, LocalServers.database(Source.S3), sql);
        }
    }

    /** The rows that only one of a source and its replica has, by table, abbreviated. */
    private static List<String> differences(Infrastructure servers, Configuration configuration) throws SQLException {
        List<String> differences = new ArrayList<>();
        for (SourceSettings source : configuration.sources().values()) {
            try (Connection original = Sql.connect(servers, LocalServers.database(source.source()));
                    Connection copy = Sql.connect(servers, replica(source.source()))) {
                for (String table : source.tables()) {
                    Set<String> missing = rows(original, table);
                    Set<String> excess = rows(copy, table);
                    Set<String> equal = new HashSet<>(missing);
                    equal.retainAll(excess);
                    missing.removeAll(equal);
                    excess.removeAll(equal);
                    missing.stream().limit(2).forEach(row -> differences.add(table + " lacks " + abbreviated(row)));
                    excess.stream().limit(2).forEach(row -> differences.add(table + " has " + abbreviated(row)));
                }
            }
        }
        return differences;
    }

    private static Set<String> rows(Connection connection, String table) throws SQLException {
        Set<String> rows = new HashSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT to_jsonb(t)::text FROM " + table + " t")) {
            while (row.next()) {
                assertThat(rows.add(row.getString(1))).isTrue();
            }
        }
        return rows;
    }

    private static String abbreviated(String row) {
        return row.length() <= 400 ? row : row.substring(0, 200) + " ... " + row.substring(row.length() - 200);
    }

    private static boolean hasColumn(Infrastructure servers, String database, String column) throws SQLException {
        return hasRows(servers, database, "information_schema.columns WHERE column_name = '" + column + "'");
    }

    private static boolean hasRows(Infrastructure servers, String database, String table) throws SQLException {
        try (Connection connection = Sql.connect(servers, database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT FROM " + table + " LIMIT 1")) {
            return row.next();
        }
    }

    /** Waits until the workload has committed that many transactions more. */
    private static void awaitCommitted(Workload workload, int transactions) throws Exception {
        long goal = workload.statistics().committed() + transactions;
        await(transactions + " transactions", () -> {
            workload.failure().ifPresent(failure -> {
                throw new AssertionError("the workload ended", failure);
            });
            return workload.statistics().committed() >= goal;
        });
    }

    private static void awaitEqual(Infrastructure servers, Configuration configuration, ConnectWorker worker)
            throws Exception {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        List<String> differences = differences(servers, configuration);
        while (!differences.isEmpty()) {
            worker.requireNoFailure("s3-replica", "sync-replica");
            assertThat(System.nanoTime())
                    .as("replicas equal their sources, but %s%n%s", differences, worker.lastLines())
                    .isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(200);
            differences = differences(servers, configuration);
        }
    }

    private static void await(String what, Callable<Boolean> condition) {
        Wait.until(TIMEOUT, () -> what, condition);
    }

    private static String replica(Source source) {
        return source.id() + "_replica";
    }

    private static DatabaseAddress address(Infrastructure servers, Source source) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(LocalServers.database(source)),
                servers.postgres().user());
    }
}
