package io.waltally.sinks;

import static io.waltally.sinks.SinkFixture.waitFor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.publishing.KafkaTarget;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.embedded.SmallDisk;
import io.waltally.migrations.Application;
import io.waltally.migrations.Credentials;
import io.waltally.migrations.MigrationTarget;
import io.waltally.migrations.Migrator;
import io.waltally.migrations.SinkAccess;
import io.waltally.migrations.SinkPrivilege;
import io.waltally.schemas.CompleteTables;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.LastChange;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.event.EventFilter;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.Topic;
import io.waltally.sinks.control.SinkControls;
import io.waltally.sinks.engine.Sink;
import io.waltally.sinks.engine.SinkDeadLetters;
import io.waltally.sinks.engine.SinkInput;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus;
import io.waltally.sinks.engine.SinkStatus.State;
import io.waltally.sinks.jdbc.SinkDatabase;
import io.waltally.sinks.jdbc.SinkLogin;
import io.waltally.sinks.outbox.OutboxEndpoint;
import io.waltally.sinks.outbox.OutboxTarget;
import io.waltally.sinks.replica.ReplicaTarget;
import io.waltally.sinks.tally.BackendQuotaTarget;
import io.waltally.sinks.tally.TallyMode;
import io.waltally.sinks.tally.UserCollectionTarget;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every fault of a target, under every type of sink at once: each sink says why it does not write, a sink with another
 * target goes on, and once the fault is fixed each target is equal, with nothing twice. {@code -Dwaltally.outage} is the
 * number of seconds for which the server is down.
 */
class TargetFaultsIT {
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("waltally.outage", 0));
    private static final String ROLE = "waltally_sink";
    private static final String URL = "https://hooks.example.com/all";

    /** Enough to need another page of a table. */
    private static final int ROWS = 300;

    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);

    private static final String NONE = "null";
    private static final String LAKE = "lake";
    private static final String OBJECTS = """
            SELECT count(*) || ' ' || md5(string_agg(object_key || ' on ' || backend_name || ' has ' || size_bytes, ','
                                                     ORDER BY object_key COLLATE "C", backend_name COLLATE "C"))
            FROM %s
            """;
    private static final String EVENTS =
            "SELECT string_agg(payload ->> 'id', ',' ORDER BY payload ->> 'id' COLLATE \"C\")"
                    + " FROM public.notification_outbox";

    /** A sink, with the table that it writes, and what makes it one of another shape. */
    private enum Type {
        QUOTAS(
                PostgresAddress.S3_DATABASE,
                "waltally.backend_quotas",
                "RENAME COLUMN bytes_used TO used",
                "RENAME COLUMN used TO bytes_used",
                "bytes_used"),
        COLLECTIONS(
                PostgresAddress.SYNC_DATABASE,
                "waltally.user_collections",
                "RENAME COLUMN total_bytes TO bytes",
                "RENAME COLUMN bytes TO total_bytes",
                "total_bytes"),
        OUTBOX(
                PostgresAddress.S3_DATABASE,
                "public.notification_outbox",
                "RENAME COLUMN payload TO body",
                "RENAME COLUMN body TO payload",
                "payload"),
        BATCHED(
                LAKE,
                "batched.object_locations",
                "DROP CONSTRAINT object_locations_pkey",
                "ADD PRIMARY KEY (object_key, backend_name)",
                "object_key"),
        ATOMIC(
                LAKE,
                "atomic.object_locations",
                "DROP CONSTRAINT object_locations_pkey",
                "ADD PRIMARY KEY (object_key, backend_name)",
                "object_key");

        private final String database;
        private final String table;
        private final String otherShape;
        private final String itsShape;
        private final String missing;

        Type(String database, String table, String otherShape, String itsShape, String missing) {
            this.database = database;
            this.table = table;
            this.otherShape = otherShape;
            this.itsShape = itsShape;
            this.missing = missing;
        }

        String sink() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** With the state and a part of the reason that sinks then show. */
    private enum Fault {
        DOWN(State.WAITING, "127.0.0.1:"),
        LOCK_OF_ANOTHER_SESSION(State.WAITING, "lock timeout (SQL state 55P03)"),
        DEADLOCK(State.WAITING, "deadlock detected (SQL state 40P01)"),
        FULL_DISK(State.WAITING, "No space left on device (SQL state 53100)"),
        MISSING_PRIVILEGE(State.FAILED, ROLE),
        VIOLATED_CONSTRAINT(State.FAILED, "constraint refuses_all"),
        TABLE_OF_ANOTHER_SHAPE(State.FAILED, ""),
        STANDBY(State.WAITING, "(SQL state 25006); a standby cannot be written: give the address of the primary");

        private final State state;
        private final String reason;

        Fault(State state, String reason) {
            this.state = state;
            this.reason = reason;
        }

        String reason(Type type) {
            return this == TABLE_OF_ANOTHER_SHAPE ? type.missing : reason;
        }
    }

    @RegisterExtension
    private final SinkFixture fixture = new SinkFixture();

    @TempDir
    private Path directory;

    private Optional<SmallDisk> disk = Optional.empty();
    private final Map<Type, SinkRunner> sinks = new EnumMap<>(Type.class);
    private final List<Connection> sessions = new ArrayList<>();
    private final List<CompletableFuture<Void>> deadlocks = new ArrayList<>();
    private PostgresServer server;
    private Capture capture;
    private SinkRunner other;
    private SinkControls controls;
    private SinkDeadLetters deadLetters;
    private KafkaProducer<byte[], byte[]> producer;
    private int round;

    @TestFactory
    Stream<DynamicTest> everySinkSaysWhatIsWrongAndEndsEqual() throws Exception {
        startServer();
        startCapture();
        startSinks();
        write();
        for (Type type : Type.values()) {
            waitFor(
                    "the table of " + type,
                    () -> !text(type, "SELECT to_regclass('" + type.table + "')")
                            .equals(NONE));
        }
        awaitEqual();
        return Stream.of(Fault.values()).map(fault -> DynamicTest.dynamicTest(fault.name(), () -> verify(fault)));
    }

    private void verify(Fault fault) throws Exception {
        // Given
        assumeTrue(inject(fault), "mounting a small file system needs root, or sudo without a password");
        try {
            // When
            write();
            // Then
            awaitReasons(fault);
            waitFor("the rows of another target", () -> fixture.strings(EVENTS).equals(List.of(expected(Type.OUTBOX))));
            assertThat(other.status().state()).isEqualTo(State.RUNNING);
        } finally {
            repair(fault);
        }
        awaitEqual();
    }

    private boolean inject(Fault fault) throws Exception {
        switch (fault) {
            case DOWN -> server.kill();
            case STANDBY -> {
                server.kill();
                Files.createFile(directory.resolve("target").resolve("cluster").resolve("standby.signal"));
                server.restart();
            }
            case LOCK_OF_ANOTHER_SESSION -> {
                for (Type type : Type.values()) {
                    Connection session = connect(type);
                    sessions.add(session);
                    session.setAutoCommit(false);
                    execute(session, "LOCK TABLE " + type.table);
                }
            }
            case DEADLOCK -> {
                for (Type type : Type.values()) {
                    // The sink holds the table for a while before it advances its positions.
                    execute(type, """
                            CREATE OR REPLACE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql
                            AS 'BEGIN PERFORM pg_catalog.pg_sleep(1); RETURN NULL; END'
                            """);
                    execute(
                            type,
                            "CREATE TRIGGER slow AFTER INSERT OR UPDATE OR DELETE ON " + type.table
                                    + " EXECUTE FUNCTION public.slow()");
                    deadlocks.add(CompletableFuture.runAsync(() -> deadlock(type)));
                }
            }
            case FULL_DISK -> {
                return fillDisk();
            }
            case MISSING_PRIVILEGE -> onEachTable("REVOKE ALL ON %s FROM " + ROLE);
            case VIOLATED_CONSTRAINT ->
                onEachTable("ALTER TABLE %s ADD CONSTRAINT refuses_all CHECK (false) NOT VALID");
            case TABLE_OF_ANOTHER_SHAPE -> {
                for (Type type : Type.values()) {
                    execute(type, "ALTER TABLE " + type.table + " " + type.otherShape);
                }
            }
        }
        return true;
    }

    private void repair(Fault fault) throws Exception {
        switch (fault) {
            case DOWN -> {
                Thread.sleep(OUTAGE.toMillis());
                server.restart();
            }
            case STANDBY -> execute(Type.QUOTAS, "SELECT pg_promote()");
            case LOCK_OF_ANOTHER_SESSION -> {
                for (Connection session : sessions) {
                    session.close();
                }
            }
            case DEADLOCK -> {
                deadlocks.forEach(CompletableFuture::join);
                onEachTable("DROP TRIGGER slow ON %s");
            }
            case FULL_DISK -> {
                disk.orElseThrow().free();
                onEachTable("ALTER TABLE %s SET TABLESPACE pg_default");
                execute(Type.QUOTAS, "DROP TABLESPACE small");
            }
            case MISSING_PRIVILEGE -> onEachTable("GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO " + ROLE);
            case VIOLATED_CONSTRAINT -> onEachTable("ALTER TABLE %s DROP CONSTRAINT refuses_all");
            case TABLE_OF_ANOTHER_SHAPE -> {
                for (Type type : Type.values()) {
                    execute(type, "ALTER TABLE " + type.table + " " + type.itsShape);
                }
            }
        }
    }

    /** Locks first the positions of the sink, which writes to its table, and then that table. The sink is the victim. */
    private void deadlock(Type type) {
        try (Connection session = connect(type)) {
            session.setAutoCommit(false);
            execute(session, "SET deadlock_timeout = '60s'");
            waitFor(
                    "a lock of " + type,
                    () -> !strings(session, """
                            SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
                            WHERE granted AND relation = '%s'::regclass AND mode = 'RowExclusiveLock'
                              AND application_name = 'waltally sink %s'
                            """.formatted(type.table, type.sink()))
                            .isEmpty());
            execute(
                    session,
                    "UPDATE waltally.sink_positions SET updated_at = now() WHERE sink = '" + type.sink() + "'");
            execute(session, "LOCK TABLE " + type.table);
            session.rollback();
        } catch (Exception e) {
            throw new AssertionError(type.toString(), e);
        }
    }

    /** Returns false if no file system can be mounted. */
    private boolean fillDisk() throws Exception {
        if (disk.isEmpty()) {
            return false;
        }
        execute(Type.QUOTAS, "CREATE TABLESPACE small LOCATION '" + directory.resolve("small") + "'");
        onEachTable("VACUUM FULL %s");
        onEachTable("ALTER TABLE %s SET TABLESPACE small");
        disk.get().fill();
        return true;
    }

    /** A reason may be followed by another one, of the next attempt. */
    private void awaitReasons(Fault fault) throws Exception {
        Set<Type> silent = EnumSet.allOf(Type.class);
        Map<Type, SinkStatus> last = new EnumMap<>(Type.class);
        try {
            waitFor("reasons", () -> {
                silent.removeIf(type -> {
                    SinkStatus status = sinks.get(type).status();
                    last.put(type, status);
                    return status.state() == fault.state
                            && status.reason().orElse("").contains(fault.reason(type));
                });
                return silent.isEmpty();
            });
        } catch (AssertionError e) {
            throw new AssertionError(fault + ", not reported by " + silent + ": " + last, e);
        }
    }

    private void awaitEqual() throws Exception {
        for (Type type : Type.values()) {
            String expected = expected(type);
            try {
                waitFor(type + " equal", () -> actual(type).equals(expected));
                waitFor(type + " running", () -> isWell(sinks.get(type).status()));
            } catch (AssertionError e) {
                throw new AssertionError(
                        sinks.get(type).status() + "\n" + actual(type) + "\ninstead of\n" + expected, e);
            }
        }
    }

    private static boolean isWell(SinkStatus status) {
        return status.state() == State.RUNNING && status.reason().isEmpty() && status.lag() == 0;
    }

    private String expected(Type type) throws SQLException {
        return switch (type) {
            case QUOTAS ->
                IntStream.range(0, ROWS)
                        .mapToObj(i -> backend(i) + "=" + bytes(i))
                        .collect(Collectors.joining(","));
            case COLLECTIONS ->
                IntStream.range(0, ROWS)
                        .mapToObj(i -> i + "=" + round + "/" + bytes(i))
                        .collect(Collectors.joining(","));
            case OUTBOX ->
                IntStream.range(0, round * ROWS).mapToObj(TargetFaultsIT::event).collect(Collectors.joining(","));
            case BATCHED, ATOMIC ->
                fixture.strings(OBJECTS.formatted("public.object_locations")).get(0);
        };
    }

    private String actual(Type type) throws SQLException {
        String query = switch (type) {
            case QUOTAS ->
                "SELECT string_agg(backend_name || '=' || a.bytes_used, ',' ORDER BY backend_name COLLATE \"C\")"
                        + " FROM public.backend_quotas a JOIN waltally.backend_quotas s USING (backend_name)"
                        + " WHERE a.bytes_used = s.bytes_used";
            case COLLECTIONS ->
                "SELECT string_agg(user_id || '=' || a.count || '/' || a.total_bytes, ',' ORDER BY user_id)"
                        + " FROM public.user_collections a JOIN waltally.user_collections s"
                        + " USING (user_id, collection_id, count, total_bytes)";
            case OUTBOX -> EVENTS;
            case BATCHED, ATOMIC -> OBJECTS.formatted(type.table);
        };
        return text(type, query);
    }

    /** The first value of a query; {@link #NONE} if it is null. */
    private String text(Type type, String query) throws SQLException {
        try (Connection connection = connect(type)) {
            return String.valueOf(strings(connection, query).get(0));
        }
    }

    /** Another value of each tally, more events, and changed, deleted and added rows of the source. */
    private void write() throws Exception {
        round++;
        LastChange change = new LastChange("s3", 1, (long) round, (long) round, Instant.EPOCH);
        producer.beginTransaction();
        for (int i = 0; i < ROWS; i++) {
            send(
                    fixture.catalogue().backendQuotas(),
                    new BackendKey(backend(i)),
                    new BackendQuota(bytes(i), 1L, 0L, 0L, 0L, 0L, 0.0, change, false));
            send(
                    fixture.catalogue().userCollections(),
                    new UserCollectionKey((long) i, 1),
                    new UserCollection(null, (long) round, bytes(i), Instant.EPOCH, change, false));
            String id = event((round - 1) * ROWS + i);
            send(
                    fixture.catalogue().notifications().name(),
                    id.getBytes(StandardCharsets.UTF_8),
                    "{\"id\": \"%s\", \"type\": \"s3:ObjectCreated:Put\", \"subject\": \"%s\"}"
                            .formatted(id, id)
                            .getBytes(StandardCharsets.UTF_8));
        }
        producer.commitTransaction();
        fixture.execute("DELETE FROM public.object_locations WHERE size_bytes % 7 = 0");
        fixture.execute("""
                INSERT INTO public.object_locations (object_key, backend_name, size_bytes)
                SELECT 'photos/' || i, 'b', i * %1$d FROM generate_series(1, %2$d) AS i
                ON CONFLICT (object_key, backend_name) DO UPDATE SET size_bytes = excluded.size_bytes
                """.formatted(round, ROWS + round));
    }

    private <K, V> void send(Topic<K, V> topic, K key, V value) {
        send(
                topic.name(),
                topic.keySerde().serializer().serialize(topic.name(), key),
                topic.valueSerde().serializer().serialize(topic.name(), value));
    }

    private void send(String topic, byte[] key, byte[] value) {
        Future<?> unused = producer.send(new ProducerRecord<>(topic, key, value));
    }

    private static String backend(int number) {
        return "backend-%05d".formatted(number);
    }

    private static String event(int number) {
        return "event-%06d".formatted(number);
    }

    private long bytes(int number) {
        return 1_000_000L * round + number;
    }

    private void startServer() throws Exception {
        disk = SmallDisk.mount(Files.createDirectory(directory.resolve("small")), 4);
        disk.ifPresent(fixture::closing);
        server = fixture.closing(PostgresServer.start(ServerOptions.in(directory.resolve("target"))));
        SinkAccess access = new SinkAccess(Credentials.of(ROLE), EnumSet.allOf(SinkPrivilege.class));
        for (Application store : List.of(Application.S3, Application.SYNC)) {
            String url = server.address()
                    .jdbcUrl(store == Application.S3 ? PostgresAddress.S3_DATABASE : PostgresAddress.SYNC_DATABASE);
            new Migrator()
                    .migrate(MigrationTarget.of(store, url, Credentials.of(PostgresServer.USER))
                            .withSinks(access));
        }
        execute(Type.QUOTAS, "CREATE DATABASE " + LAKE);
        execute(Type.QUOTAS, "GRANT CREATE ON DATABASE " + LAKE + " TO " + ROLE);
        execute(
                Type.QUOTAS,
                "INSERT INTO public.backend_quotas (backend_name, bytes_limit)"
                        + " SELECT 'backend-' || to_char(i, 'FM00000'), 0 FROM generate_series(0, " + (ROWS - 1)
                        + ") AS i");
        execute(
                Type.COLLECTIONS,
                "INSERT INTO public.user_collections (user_id, collection_id, modified)"
                        + " SELECT i, 1, now() FROM generate_series(0, " + (ROWS - 1) + ") AS i");
    }

    private void startCapture() throws Exception {
        fixture.execute("INSERT INTO public.backend_quotas (backend_name, bytes_limit) VALUES ('b', 0)");
        CaptureConfig config =
                CaptureConfig.of(Source.S3, new DatabaseLogin(fixture.login().url(), "waltally", Optional.empty()));
        fixture.closing(() -> {
            waitFor(
                    "the slot released",
                    () -> fixture.strings("SELECT slot_name FROM pg_replication_slots WHERE active")
                            .isEmpty());
            fixture.strings("SELECT pg_drop_replication_slot('" + config.slot() + "')");
        });
        capture = fixture.closing(new Capture(config, kafkaTarget()));
        capture.start();
        waitFor("streaming", () -> capture.status().state() == CaptureState.STREAMING);
    }

    private KafkaTarget kafkaTarget() {
        return new KafkaTarget(
                fixture.catalogue(), fixture.kafka(), RegistryAccess.of(fixture.registry()), Duration.ofMinutes(1));
    }

    private void startSinks() throws Exception {
        Map<String, Object> properties = new HashMap<>(fixture.kafka());
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "tallies-and-notifications");
        producer =
                fixture.closing(new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
        producer.initTransactions();
        controls = fixture.closing(new SinkControls(fixture.catalogue(), fixture.kafka()));
        controls.start();
        deadLetters = fixture.closing(new SinkDeadLetters(fixture.catalogue(), fixture.kafka()));
        for (Type type : Type.values()) {
            sinks.put(type, start(type.sink(), type, login(type)));
        }
        other = start("other", Type.OUTBOX, fixture.login());
        for (SinkRunner sink : List.of(sinks.get(Type.OUTBOX), other)) {
            waitFor("the outbox knows where it begins", () -> sink.status().state() == State.RUNNING);
        }
    }

    private SinkRunner start(String name, Type type, SinkLogin login) {
        Sink sink = new Sink(
                name,
                type.sink(),
                "the database",
                type == Type.COLLECTIONS ? Source.SYNC : Source.S3,
                input(type),
                Sink.OnRefused.STOP,
                () -> target(name, type, login),
                this::published);
        SinkRunner runner = fixture.closing(
                new SinkRunner(sink, "test-sink-", fixture.catalogue(), fixture.kafka(), controls, deadLetters));
        runner.start();
        return runner;
    }

    private SinkInput input(Type type) {
        Set<String> objects = Set.of(Source.S3.topicOf("object_locations"));
        return switch (type) {
            case QUOTAS ->
                lastOfEachKey(Set.of(fixture.catalogue().backendQuotas().name()));
            case COLLECTIONS ->
                lastOfEachKey(Set.of(fixture.catalogue().userCollections().name()));
            case OUTBOX ->
                new SinkInput.Partitions(
                        Set.of(fixture.catalogue().notifications().name()),
                        SinkInput.Start.END,
                        SinkInput.Order.EVERY_RECORD);
            case BATCHED -> lastOfEachKey(objects);
            case ATOMIC -> new SinkInput.Transactions(Source.S3, objects);
        };
    }

    private static SinkInput lastOfEachKey(Set<String> topics) {
        return new SinkInput.Partitions(topics, SinkInput.Start.BEGINNING, SinkInput.Order.LATEST_PER_KEY);
    }

    private Target target(String name, Type type, SinkLogin login) {
        SinkDatabase database = new SinkDatabase(name, login, STATEMENT_TIMEOUT, LOCK_TIMEOUT);
        return switch (type) {
            case QUOTAS -> new BackendQuotaTarget(name, database, TallyMode.AUTHORITATIVE, fixture.catalogue());
            case COLLECTIONS -> new UserCollectionTarget(name, database, TallyMode.AUTHORITATIVE, fixture.catalogue());
            case OUTBOX ->
                new OutboxTarget(
                        name,
                        database,
                        List.of(new OutboxEndpoint(URL, new EventFilter(List.of("*"), ""))),
                        fixture.catalogue().notifications().name(),
                        Set.of());
            case BATCHED, ATOMIC ->
                new ReplicaTarget(
                        name,
                        database,
                        Source.S3,
                        List.of("object_locations"),
                        name,
                        RegistryAccess.of(fixture.registry()));
        };
    }

    private Optional<CompletePosition> published() {
        return kafkaTarget()
                .watermarks()
                .lastVisible(Source.S3)
                .filter(watermark -> CompleteTables.lacking(
                                Source.S3, watermark, Set.of(Source.S3.topicOf("object_locations")))
                        .isEmpty())
                .map(watermark -> new CompletePosition(
                        Source.S3, watermark.getEpoch(), new Lsn(watermark.getLsn()), watermark.getCommittedAt()));
    }

    private SinkLogin login(Type type) {
        return new SinkLogin(server.address().jdbcUrl(type.database), ROLE, "");
    }

    private Connection connect(Type type) throws SQLException {
        return DriverManager.getConnection(server.address().jdbcUrl(type.database), PostgresServer.USER, "");
    }

    /** @param statement with the place of a table */
    private void onEachTable(String statement) throws SQLException {
        for (Type type : Type.values()) {
            execute(type, statement.formatted(type.table));
        }
    }

    private void execute(Type type, String sql) throws SQLException {
        try (Connection connection = connect(type)) {
            execute(connection, sql);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> strings(Connection connection, String sql) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        }
        return strings;
    }
}
