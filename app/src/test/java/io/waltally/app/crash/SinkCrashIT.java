package io.waltally.app.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.local.LocalServers;
import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.PublishedTallies;
import io.waltally.app.local.compare.SinkTables;
import io.waltally.app.run.Migrations;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.workload.Workload;
import io.waltally.workload.WorkloadOptions;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two processes share the sinks while both applications write; a process, the replica's server or all sessions with that
 * of the applications, which has the targets of the other sinks, are killed at random; {@code
 * -Dwaltally.crash.applications=true} kills that server, and so the source of capture, too. The writers' own updates of
 * their counters have no effect, so that only the sinks write them, or nobody: the seed chooses the mode. {@code
 * -Dwaltally.crash.rounds} is the number of kills, {@code -Dwaltally.crash.seed} repeats a plan.
 */
class SinkCrashIT {
    private static final Logger LOG = LoggerFactory.getLogger(SinkCrashIT.class);
    private static final Duration TIMEOUT = Duration.ofMinutes(4);
    private static final double TRANSACTIONS_PER_SECOND = 25;
    private static final int ROUNDS = Integer.getInteger("waltally.crash.rounds", 10);
    private static final boolean APPLICATIONS_KILLED = Boolean.getBoolean("waltally.crash.applications");
    private static final String END_SESSIONS =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'waltally sink%'";
    private static final int MAX_ROWS_BETWEEN = 80;
    private static final Duration QUIET = Duration.ofSeconds(3);

    /** Three rounds of a sweep. */
    private static final Duration UNTIL_QUIET = Duration.ofSeconds(15);

    private static final Pattern API = Pattern.compile("HTTP API at (http://[0-9.:]+)");
    private static final String OUTBOX_COUNT = "SELECT count(*) FROM public.notification_outbox";
    private static final List<String> URLS =
            List.of("https://hooks.example.com/first", "https://hooks.example.com/second");
    private static final List<String> S3_TABLES =
            List.of("object_locations", "backend_usage", "backend_quotas", "cleanup_queue", "multipart_parts");
    private static final List<String> SYNC_TABLES = List.of("bsos", "user_collections", "collections");

    /** What the application's own counters are, beside what they should be. */
    private static final String WRONG_QUOTAS = """
            SELECT count(*) FROM public.backend_quotas q
            WHERE bytes_used <> (SELECT coalesce(sum(size_bytes), 0) FROM public.object_locations o
                                 WHERE o.backend_name = q.backend_name)
               OR orphan_bytes <> (SELECT coalesce(sum(size_bytes), 0) FROM public.cleanup_queue c
                                   WHERE c.backend_name = q.backend_name)
                                + (SELECT coalesce(sum(size_bytes), 0) FROM public.cleanup_dlq d
                                   WHERE d.backend_name = q.backend_name)
            """;

    /** In shadow mode nobody writes them. */
    private static final String WRITTEN_QUOTAS =
            "SELECT count(*) FROM public.backend_quotas WHERE bytes_used <> 0 OR orphan_bytes <> 0";

    private static final String WRITTEN_COLLECTIONS =
            "SELECT count(*) FROM public.user_collections WHERE count <> 0 OR total_bytes <> 0";

    private static final String WRONG_COLLECTIONS = """
            SELECT count(*)
            FROM public.user_collections c
            LEFT JOIN (SELECT user_id, collection_id, count(*) AS count, sum(length(payload)) AS total_bytes
                       FROM public.bsos WHERE expiry > now() GROUP BY 1, 2) b USING (user_id, collection_id)
            WHERE collection_id <> 0 AND modified > '0001-01-01 00:00:00Z'
              AND (coalesce(c.count, 0) <> coalesce(b.count, 0)
                   OR coalesce(c.total_bytes, 0) <> coalesce(b.total_bytes, 0))
            """;

    private static final String OBJECTS = """
            SELECT object_key || ' on ' || backend_name || ' has ' || size_bytes
            FROM public.object_locations ORDER BY object_key COLLATE "C", backend_name COLLATE "C"
            """;

    /** In DuckDB: the last change of each key that is no delete. */
    private static final String LAKE_ROWS = """
            SELECT object_key || ' on ' || backend_name || ' has ' || size_bytes
            FROM (SELECT * FROM changes
                  QUALIFY row_number() OVER (PARTITION BY object_key, backend_name
                                             ORDER BY _epoch DESC, _seq DESC, _position DESC) = 1)
            WHERE _op <> 'd' ORDER BY object_key, backend_name
            """;

    private static final String LAKE_REPEATED = """
            SELECT _epoch || '/' || _seq || '/' || _position || ' of ' || concat_ws(' ', %1$s)
            FROM changes GROUP BY _epoch, _seq, _position, %1$s, _op HAVING count(*) > 1
            """;

    private static final String RECORDS = """
            SELECT concat_ws(' ', user_id, collection_id, bso_id, coalesce(sortindex::text, '-'), md5(payload))
            FROM public.bsos
            """;

    /** In DuckDB: as docs/sinks.md does it for a column with large values. */
    private static final String LAKE_RECORDS = """
            SELECT concat_ws(' ', user_id, collection_id, bso_id, coalesce(sortindex.value::text, '-'),
                             md5(payload.value))
            FROM (SELECT user_id, collection_id, bso_id,
                         arg_max(_op, row(_epoch, _seq, _position)) AS op,
                         arg_max({'value': sortindex}, row(_epoch, _seq, _position)) AS sortindex,
                         arg_max({'value': payload}, row(_epoch, _seq, _position))
                           FILTER (NOT list_contains(coalesce(_unchanged, []), 'payload')) AS payload
                  FROM changes GROUP BY user_id, collection_id, bso_id)
            WHERE op <> 'd'
            """;

    /** The version of every row that a sink writes. */
    private static final String QUOTA_VERSIONS = """
            SELECT hashtextextended(string_agg(version, '' ORDER BY version), 0)
            FROM (SELECT 'a' || xmin::text || ctid::text FROM public.backend_quotas
                  UNION ALL SELECT 's' || xmin::text || ctid::text FROM waltally.backend_quotas
                  UNION ALL SELECT 'p' || xmin::text || ctid::text FROM waltally.sink_positions) AS rows (version)
            """;

    private static final String COLLECTION_VERSIONS = QUOTA_VERSIONS.replace("backend_quotas", "user_collections");

    private static Infrastructure servers;
    private static PostgresServer replicas;

    /** Of both applications, and with the targets of all sinks that are not replicas. */
    private static PostgresServer applications;

    @TempDir
    private Path directory;

    private final long seed = Long.getLong("waltally.crash.seed", System.nanoTime());
    private final Random random = new Random(seed);

    /** Whose counters are written into the application's own table; those of the other source only into the shadow. */
    private final Source authoritative = random.nextBoolean() ? Source.S3 : Source.SYNC;

    private final List<CommandProcess> processes = new ArrayList<>();
    private Path file;

    @BeforeAll
    static void startServers() {
        servers = Infrastructure.forTests();
        replicas = PostgresServer.start(ServerOptions.ephemeral());
        applications = PostgresServer.start(ServerOptions.ephemeral());
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (CommandProcess process : processes) {
            process.kill();
        }
    }

    @AfterAll
    static void stopServers() {
        applications.close();
        replicas.close();
        servers.close();
    }

    @Test
    void everySinkIsExactWhateverIsKilled() throws Exception {
        LOG.info("seed {}, authoritative in {}", seed, authoritative);
        // Given
        file = writeConfiguration();
        Configuration configuration = Configuration.load(Optional.of(file), Map.of());
        configuration.sources().values().forEach(source -> Migrations.migrate(source, configuration.sinks()));
        DatabaseAddress s3 = address(PostgresAddress.S3_DATABASE);
        DatabaseAddress sync = address(PostgresAddress.SYNC_DATABASE);
        keepFromWriters(s3, "backend_quotas", "bytes_used", "orphan_bytes");
        keepFromWriters(sync, "user_collections", "count", "total_bytes");
        start("run", "--roles", "capture,streams", "-c", file.toString(), "--http-port", "0");
        List<CommandProcess> members = new ArrayList<>(List.of(startSinks(), startSinks()));
        TopicCatalogue topics = new TopicCatalogue(
                configuration.topics(), new AvroSerdes(configuration.registry().access()));
        int partitions = topics.notifications().partitions();
        await("the outbox sink knows where it begins", () -> numbers(s3, """
                        SELECT count(next_offset) FROM waltally.sink_positions
                        WHERE sink = 'outbox' AND topic = 'outbox.notifications'
                        """) == partitions);

        WorkloadOptions options = WorkloadOptions.of(s3, sync, seed).withRate(TRANSACTIONS_PER_SECOND);
        try (Workload workload = Workload.prepare(options)) {
            workload.start();
            // When
            for (int round = 0; round < ROUNDS; round++) {
                // In the middle of what the one before left behind, or once some of it is fixed.
                long rows = numbers(s3, OUTBOX_COUNT) + random.nextInt(MAX_ROWS_BETWEEN);
                await("rows in the outbox", () -> numbers(s3, OUTBOX_COUNT) >= rows);
                disturb(members);
            }
            workload.stop();
        }
        // Then
        awaitEqual(configuration, topics, s3, sync);
        awaitQuiet(s3, sync);
    }

    /** Updates by the writers leave the columns as they are. */
    private static void keepFromWriters(DatabaseAddress database, String table, String... columns) throws SQLException {
        String kept = Stream.of(columns)
                .map(column -> "NEW.%1$s := CASE WHEN TG_OP = 'UPDATE' THEN OLD.%1$s ELSE 0 END;".formatted(column))
                .collect(Collectors.joining("\n"));
        execute(database, """
                CREATE FUNCTION public.keep_counters() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF current_setting('application_name') = 'waltally-workload' THEN
                        %s
                    END IF;
                    RETURN NEW;
                END $$
                """.formatted(kept));
        execute(
                database,
                "CREATE TRIGGER keep_counters BEFORE INSERT OR UPDATE ON public." + table
                        + " FOR EACH ROW EXECUTE FUNCTION public.keep_counters()");
    }

    private static void execute(DatabaseAddress database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Soon after all is equal and the last record has expired, sinks write nothing: their writes cause no others. */
    private void awaitQuiet(DatabaseAddress s3, DatabaseAddress sync) throws Exception {
        Instant unchanged = new SqlOracle(sync)
                .lastExpiryWithin(UNTIL_QUIET.plus(QUIET))
                .filter(expiry -> expiry.isAfter(Instant.now()))
                .orElseGet(Instant::now);
        Duration timeout =
                Duration.between(Instant.now(), unchanged).plus(UNTIL_QUIET).plus(QUIET);
        long[] since = {System.nanoTime()};
        List<Long> versions = new ArrayList<>(versions(s3, sync));
        await("no write of a sink for " + QUIET.toSeconds() + " s", timeout, () -> {
            List<Long> now = versions(s3, sync);
            if (!now.equals(versions)) {
                versions.clear();
                versions.addAll(now);
                since[0] = System.nanoTime();
            }
            return System.nanoTime() - since[0] >= QUIET.toNanos() && wrongCounters(s3, sync) == 0;
        });
    }

    private String mode(Source source) {
        return source == authoritative ? "authoritative" : "shadow";
    }

    private long wrongCounters(DatabaseAddress s3, DatabaseAddress sync) throws SQLException {
        return authoritative == Source.S3
                ? numbers(s3, WRONG_QUOTAS) + numbers(sync, WRITTEN_COLLECTIONS)
                : numbers(s3, WRITTEN_QUOTAS) + numbers(sync, WRONG_COLLECTIONS);
    }

    private static List<Long> versions(DatabaseAddress s3, DatabaseAddress sync) throws SQLException {
        return List.of(numbers(s3, QUOTA_VERSIONS), numbers(sync, COLLECTION_VERSIONS));
    }

    private void disturb(List<CommandProcess> members) throws Exception {
        int choice = random.nextInt(5);
        if (choice == 0) {
            LOG.info("the replica's server is killed");
            replicas.kill();
            replicas.restart();
            return;
        }
        if (choice == 1) {
            if (APPLICATIONS_KILLED) {
                LOG.info("the applications' server is killed");
                applications.kill();
                applications.restart();
            } else {
                LOG.info("the sessions of sinks with the applications' server are ended");
                execute(address(PostgresAddress.S3_DATABASE), END_SESSIONS);
            }
            return;
        }
        CommandProcess member = members.remove(random.nextInt(members.size()));
        if (choice == 2) {
            LOG.info("a process is stopped");
            // Before that a signal ends the JVM, and not the command.
            member.awaitError("HTTP API at");
            member.stop();
        } else {
            LOG.info("a process is killed");
            member.kill();
        }
        members.add(startSinks());
    }

    private void awaitEqual(
            Configuration configuration, TopicCatalogue topics, DatabaseAddress s3, DatabaseAddress sync)
            throws Exception {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        List<String> differences;
        do {
            Comparison comparison = new Comparison();
            comparison.compareShadows(
                    SinkTables.quotas(s3),
                    SinkTables.collections(sync),
                    new SqlOracle(s3).s3Tallies(),
                    new SqlOracle(sync).syncTallies(Instant.now()));
            comparison.compareReplicas(
                    replica("s3", s3, PostgresAddress.S3_DATABASE, S3_TABLES),
                    SinkTables.digests(s3, s3, "public", S3_TABLES));
            comparison.compareReplicas(
                    replica("sync", sync, PostgresAddress.SYNC_DATABASE, SYNC_TABLES),
                    SinkTables.digests(sync, sync, "public", SYNC_TABLES));
            differences = new ArrayList<>(comparison.differences());
            if (wrongCounters(s3, sync) > 0) {
                differences.add(
                        "the applications' own counters are not right, with authoritative sinks in " + authoritative);
            }
            List<String> expected = PublishedTallies.read(configuration.kafka(), topics).notifications().stream()
                    .flatMap(event -> URLS.stream().map(url -> event.id() + " to " + url))
                    .sorted()
                    .toList();
            differences.addAll(lakeDifferences(
                    "s3/object_locations", "object_key, backend_name", LAKE_ROWS, strings(s3, OBJECTS)));
            differences.addAll(lakeDifferences(
                    "sync/bsos", "user_id, collection_id, bso_id", LAKE_RECORDS, strings(sync, RECORDS)));
            List<String> written = written(s3);
            if (!written.equals(expected)) {
                differences.add("outbox: " + written.size() + " rows, of " + expected.size());
            }
        } while (!differences.isEmpty() && System.nanoTime() < deadline);
        assertThat(differences).as(this::states).isEmpty();
    }

    /** Where capture and each sink stand, and what the processes have logged. */
    private String states() {
        StringBuilder states = new StringBuilder("seed " + seed);
        for (CommandProcess process : processes) {
            Matcher api = API.matcher(process.errors());
            if (process.isAlive() && api.find()) {
                states.append('\n').append(status(api.group(1))).append('\n').append(process.errors());
            }
        }
        return states.toString();
    }

    private static String status(String api) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api + "/api/status")).build();
        try {
            return HttpClient.newHttpClient()
                    .send(request, BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return api + ": " + e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return api + ": " + e;
        }
    }

    private Path lake() {
        return directory.resolve("lake");
    }

    private List<String> lakeDifferences(String path, String key, String currentRows, List<String> rows) {
        LakeTable table = new LakeTable(lake().resolve(path));
        try {
            List<String> differences = new ArrayList<>();
            if (!sorted(table.query(currentRows)).equals(sorted(rows))) {
                differences.add("lake: the current rows of " + path + " are not those of the table");
            }
            table.query(LAKE_REPEATED.formatted(key)).forEach(change -> differences.add("lake: twice " + change));
            return differences;
        } catch (SQLException | IOException | RuntimeException e) {
            return List.of("lake: " + path + ": " + e.getMessage());
        }
    }

    private static List<String> sorted(List<String> rows) {
        return rows.stream().sorted().toList();
    }

    private static Map<String, String> replica(
            String schema, DatabaseAddress source, String database, List<String> tables) {
        try {
            return SinkTables.digests(source, replicaOf(database), schema, tables);
        } catch (SQLException e) {
            return Map.of("replica " + schema, e.getMessage());
        }
    }

    private static List<String> written(DatabaseAddress s3) throws SQLException {
        return strings(s3, "SELECT (payload ->> 'id') || ' to ' || endpoint_url FROM public.notification_outbox")
                .stream()
                .sorted()
                .toList();
    }

    private static List<String> strings(DatabaseAddress database, String sql) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        }
        return strings;
    }

    private static long numbers(DatabaseAddress database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private void await(String event, Callable<Boolean> condition) throws Exception {
        await(event, TIMEOUT, condition);
    }

    private void await(String event, Duration timeout, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("seed " + seed + ", not within " + timeout.toSeconds() + " s: " + event + "\n"
                        + processes.get(processes.size() - 1).errors());
            }
            Thread.sleep(50);
        }
    }

    private CommandProcess startSinks() throws IOException {
        return start("run", "--roles", "sinks", "-c", file.toString(), "--http-port", "0");
    }

    private CommandProcess start(String... arguments) throws IOException {
        CommandProcess process = CommandProcess.start(directory, arguments);
        processes.add(process);
        return process;
    }

    private Path writeConfiguration() throws IOException {
        Map<String, String> values = new LinkedHashMap<>(LocalServers.configuration(servers));
        values.put("streams.state-directory", directory.resolve("state").toString());
        values.put("topics.partitions", "4");
        values.put("sources.s3.url", applications.address().jdbcUrl(PostgresAddress.S3_DATABASE));
        values.put("sources.sync.url", applications.address().jdbcUrl(PostgresAddress.SYNC_DATABASE));
        values.put("sources.s3.sink.user", "waltally_sink");
        values.put("sources.sync.sink.user", "waltally_sink");
        sink(values, 0, "quotas", "backend-quotas", Map.of("mode", mode(Source.S3)));
        sink(values, 1, "collections", "user-collections", Map.of("mode", mode(Source.SYNC)));
        Map<String, String> endpoints = new LinkedHashMap<>();
        for (int i = 0; i < URLS.size(); i++) {
            endpoints.put("endpoints[" + i + "].url", URLS.get(i));
        }
        sink(values, 2, "outbox", "notification-outbox", endpoints);
        sink(values, 3, "s3-replica", "postgres", replica("s3", PostgresAddress.S3_DATABASE, S3_TABLES));
        sink(values, 4, "sync-replica", "postgres", replica("sync", PostgresAddress.SYNC_DATABASE, SYNC_TABLES));
        sink(
                values,
                5,
                "lake",
                "iceberg",
                Map.of("source", "s3", "tables", "object_locations", "warehouse", lake().toString()));
        sink(
                values,
                6,
                "sync-lake",
                "iceberg",
                Map.of("source", "sync", "tables", "bsos", "warehouse", lake().toString()));
        return Files.writeString(
                directory.resolve("waltally.yml"),
                values.entrySet().stream()
                        .map(value -> "\"" + value.getKey() + "\": \"" + value.getValue() + "\"\n")
                        .collect(Collectors.joining()));
    }

    private static Map<String, String> replica(String source, String database, List<String> tables) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("source", source);
        values.put("tables", String.join(", ", tables));
        values.put("schema", source);
        values.put("url", replicas.address().jdbcUrl(database));
        values.put("user", PostgresServer.USER);
        return values;
    }

    private static void sink(
            Map<String, String> values, int number, String name, String type, Map<String, String> more) {
        String key = "sinks[" + number + "].";
        values.put(key + "name", name);
        values.put(key + "type", type);
        more.forEach((setting, value) -> values.put(key + setting, value));
    }

    private static DatabaseAddress address(String database) {
        return DatabaseAddress.trusted(applications.address().jdbcUrl(database), PostgresServer.USER);
    }

    private static DatabaseAddress replicaOf(String database) {
        return DatabaseAddress.trusted(replicas.address().jdbcUrl(database), PostgresServer.USER);
    }
}
