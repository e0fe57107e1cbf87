package io.waltally.connectors.capture.crash;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.publishing.Watermarks;
import io.waltally.connectors.capture.snapshot.RowReader;
import io.waltally.embedded.KafkaBrokerProcess;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.SchemaRegistry;
import io.waltally.embedded.ServerOptions;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kills capture and the servers at random moments while writers change the database. Afterwards the topics must be the
 * database's history: once, whole and in order. {@code -Dwaltally.crash.rounds} is the number of kills, {@code
 * -Dwaltally.crash.seed} repeats a plan, though not its timing.
 */
public class CaptureCrashIT {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureCrashIT.class);
    private static final int ROUNDS = Integer.getInteger("waltally.crash.rounds", 6);
    private static final long SEED =
            Long.getLong("waltally.crash.seed", ThreadLocalRandom.current().nextLong());
    private static final int WRITERS = 3;
    private static final int ROWS_BEFORE = 50_000;
    private static final Duration MAX_START = Duration.ofSeconds(3);
    private static final Duration MAX_RUN = Duration.ofMillis(1_500);

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final List<AutoCloseable> servers = new ArrayList<>();
    private PostgresServer postgres;
    private KafkaBrokerProcess kafka;
    private SchemaRegistry registry;
    private TopicCatalogue catalogue;
    private String url;

    /** How a round ends; all but the last ones with the death of the capture process. */
    private enum Crash {
        /** In the middle of the first snapshot. */
        SNAPSHOT,
        /** While it starts. */
        STARTING,
        STREAMING,
        /** PostgreSQL crashes and recovers under a running capture, which must recover by itself. */
        POSTGRES,
        /** The same with the broker. */
        BROKER
    }

    @BeforeEach
    void startServers() throws Exception {
        CompletableFuture<SchemaRegistry> starting =
                CompletableFuture.supplyAsync(() -> SchemaRegistry.start(ServerOptions.ephemeral()));
        CompletableFuture<KafkaBrokerProcess> broker =
                CompletableFuture.supplyAsync(() -> KafkaBrokerProcess.start(ServerOptions.ephemeral()));
        postgres = PostgresServer.start(ServerOptions.ephemeral());
        servers.add(postgres);
        kafka = broker.join();
        servers.add(kafka);
        registry = starting.join();
        servers.add(registry);

        url = postgres.address().jdbcUrl(PostgresAddress.SYNC_DATABASE);
        new Migrator()
                .migrate(MigrationTarget.of(
                        Application.SYNC, url, new Credentials(PostgresServer.USER, Optional.empty())));
        sql(SeededWriter.COMMITTED_TABLE);
        sql(SeededWriter.collections(WRITERS));
        sql("INSERT INTO user_collections VALUES (100, 1, now())");
        sql("INSERT INTO bsos SELECT 100, 1, i::text, 0, 'before', now(), now() FROM generate_series(1, " + ROWS_BEFORE
                + ") i");
        catalogue = new TopicCatalogue(
                TopicSettings.DEFAULTS, new AvroSerdes(registry.uri().toString()));
        try (Admin admin = admin()) {
            new TopicProvisioning(admin).create(catalogue.all());
        }
    }

    @AfterEach
    void stopServers() throws Exception {
        for (int i = servers.size() - 1; i >= 0; i--) {
            servers.get(i).close();
        }
    }

    @Test
    void whateverIsKilledWheneverTheTopicsAreTheHistoryOfTheDatabase() throws Exception {
        LOG.info("{} rounds, seed {}", ROUNDS, SEED);
        // Given
        List<SeededWriter> writers = IntStream.rangeClosed(1, WRITERS)
                .mapToObj(user -> new SeededWriter(url, user, random.split()))
                .toList();
        List<CompletableFuture<Void>> running =
                writers.stream().map(CompletableFuture::runAsync).toList();
        // When
        List<Integer> beforeStreaming = List.of();
        for (int round = 0; round < ROUNDS; round++) {
            Crash crash = crash(round);
            long began = System.nanoTime();
            try (CaptureProcess capture = start()) {
                if (crash != Crash.SNAPSHOT && beforeStreaming.isEmpty()) {
                    capture.awaitState(CaptureState.STREAMING);
                    beforeStreaming =
                            writers.stream().map(SeededWriter::committedSoFar).toList();
                }
                crash(crash, capture);
                capture.kill();
            }
            LOG.info(
                    "round {}: {} after {} ms, seed {}",
                    round,
                    crash,
                    Duration.ofNanos(System.nanoTime() - began).toMillis(),
                    SEED);
        }
        writers.forEach(SeededWriter::stop);
        running.forEach(CompletableFuture::join);
        try (CaptureProcess last = start()) {
            Lsn end = walPosition();
            last.await("at " + end, status -> status.reached(end));
            last.stop();
        }
        // Then
        CapturedHistory history =
                CapturedHistory.read(kafka.bootstrapServers(), registry.uri().toString(), catalogue);
        LOG.info("{}, seed {}", history, SEED);
        history.headersAreConsistent();
        history.transactionsAreThoseOf(
                writers.stream().map(SeededWriter::committed).toList(), beforeStreaming);
        history.countersGrowByOne();
        history.snapshotHasEachRowOnce();
        history.watermarksCoverWhatTheyClaim();
        assertThat(history.latest(RowChange.BSOS)).isEqualTo(bsos());
        assertThat(history.latest(RowChange.USER_COLLECTIONS)).isEqualTo(userCollections());
    }

    private Crash crash(int round) {
        if (round == 0) {
            return Crash.SNAPSHOT;
        }
        return switch (round % 10) {
            case 4 -> Crash.POSTGRES;
            case 7 -> Crash.BROKER;
            default -> round > 1 && random.nextInt(4) == 0 ? Crash.STARTING : Crash.STREAMING;
        };
    }

    private void crash(Crash crash, CaptureProcess capture) throws Exception {
        switch (crash) {
            case SNAPSHOT -> {
                int rows = random.nextInt(ROWS_BEFORE / 2);
                try (Admin admin = admin()) {
                    waitFor("rows of the snapshot", () -> recordsOf(admin, RowChange.BSOS) > rows);
                }
                capture.kill();
                assertThat(new Watermarks(catalogue.watermarks(), kafka())
                                .last(Source.SYNC)
                                .orElseThrow()
                                .getSnapshot()
                                .getState())
                        .as("the snapshot is not complete when capture dies")
                        .isEqualTo(SnapshotState.RUNNING);
            }
            case STARTING -> moment(MAX_START);
            case STREAMING -> {
                capture.awaitState(CaptureState.STREAMING);
                moment(MAX_RUN);
            }
            case POSTGRES -> {
                capture.awaitState(CaptureState.STREAMING);
                moment(MAX_RUN);
                postgres.kill();
                postgres.restart();
                awaitProgress(capture);
            }
            case BROKER -> {
                capture.awaitState(CaptureState.STREAMING);
                moment(MAX_RUN);
                kafka.kill();
                kafka.restart();
                awaitProgress(capture);
            }
        }
    }

    private void awaitProgress(CaptureProcess capture) throws Exception {
        Lsn now = walPosition();
        capture.await("at " + now + " again", status -> status.reached(now));
    }

    /** A kill comes at any moment: this one is drawn. */
    private void moment(Duration longest) throws InterruptedException {
        TimeUnit.MICROSECONDS.sleep(random.nextLong(TimeUnit.NANOSECONDS.toMicros(longest.toNanos())));
    }

    private CaptureProcess start() {
        return CaptureProcess.start(
                url, kafka.bootstrapServers(), registry.uri().toString(), Duration.ofMinutes(1));
    }

    private Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", kafka.bootstrapServers());
    }

    private Admin admin() {
        return Admin.create(kafka());
    }

    /** Committed or not. */
    private long recordsOf(Admin admin, String topic) {
        Map<TopicPartition, OffsetSpec> ends = IntStream.range(0, TopicSettings.DEFAULTS.partitions())
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        try {
            return admin.listOffsets(ends).all().get().values().stream()
                    .mapToLong(end -> end.offset())
                    .sum();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Lsn walPosition() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, PostgresServer.USER, "");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    private void sql(String text) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, PostgresServer.USER, "");
                Statement statement = connection.createStatement()) {
            statement.execute(text);
        }
    }

    private Map<String, String> bsos() throws SQLException {
        return rows(
                "SELECT user_id, collection_id, bso_id, sortindex, payload FROM bsos",
                row -> Map.entry(
                        RowChange.key(row.getLong(1), row.getInt(2), row.getString(3)),
                        RowChange.bso(row.getObject(4, Integer.class), row.getString(5))));
    }

    private Map<String, String> userCollections() throws SQLException {
        return rows(
                "SELECT user_id, collection_id, count FROM user_collections",
                row -> Map.entry(
                        RowChange.key(row.getLong(1), row.getInt(2)),
                        RowChange.userCollection(row.getObject(3, Long.class))));
    }

    private interface RowReader {
        Map.Entry<String, String> read(ResultSet row) throws SQLException;
    }

    private Map<String, String> rows(String query, RowReader reader) throws SQLException {
        Map<String, String> rows = new TreeMap<>();
        try (Connection connection = DriverManager.getConnection(url, PostgresServer.USER, "");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            while (result.next()) {
                Map.Entry<String, String> row = reader.read(result);
                rows.put(row.getKey(), row.getValue());
            }
        }
        return rows;
    }
}
