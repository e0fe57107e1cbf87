package io.waltally.connectors.capture;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.waltally.connectors.capture.crash.CaptureCrashIT;
import io.waltally.connectors.capture.crash.CaptureProcess;
import io.waltally.connectors.capture.crash.RowChange;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.connectors.capture.fixture.CapturedTopics.Captured;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.slf4j.LoggerFactory;

/**
 * Known defects of Debezium, past and present, that have lost rows or WAL, each with its issue number. {@link
 * CaptureIT} covers the slot of an idle database, {@link CaptureCrashIT} crashes.
 */
class KnownDefectsIT {
    private static final String BSOS = RowChange.BSOS;

    @RegisterExtension
    private final CaptureFixture fixture = new CaptureFixture(Source.SYNC);

    @BeforeEach
    void makeCollection() throws SQLException {
        fixture.sql("INSERT INTO user_collections VALUES (1, 1, now(), 0)");
    }

    /** dbz#51, dbz#76, PR #7760: the next change has the LSN at which the COMMIT before it ends. */
    @Test
    void aChangeThatBeginsWhereACommitEndsSurvivesARestartBetweenThem() throws Exception {
        Capture capture = fixture.streaming();
        for (int restart = 0; restart < 3; restart++) {
            insert("before-" + restart);
            fixture.awaitCaptured(capture);
            capture.close();
            insert("after-" + restart);
            insert("later-" + restart);
            capture = fixture.streaming();
        }
        fixture.awaitCaptured(capture);
        assertThat(ids()).containsExactlyInAnyOrder(inTable());
    }

    /** dbz#1554, PR #7531: rows of a COPY or of one INSERT share an LSN, and capture dies between them. */
    @Test
    void rowsThatShareAnLsnSurviveADeathBetweenThem() throws Exception {
        // Given
        fixture.streaming().close();
        StringBuilder lines = new StringBuilder();
        IntStream.range(0, 10_000)
                .forEach(i -> lines.append("1\t1\tcopied-").append(i).append("\t0\tx\t2024-01-01Z\t2024-01-01Z\n"));
        fixture.writer().setAutoCommit(false);
        new CopyManager(fixture.writer().unwrap(BaseConnection.class))
                .copyIn("COPY bsos FROM STDIN", new StringReader(lines.toString()));
        fixture.sql(
                "INSERT INTO bsos SELECT 1, 1, 'inserted-' || i, 0, 'x', now(), now() FROM generate_series(1, 5000) i");
        fixture.writer().commit();
        fixture.writer().setAutoCommit(true);
        // When
        try (CaptureProcess dies = process();
                Admin admin = Admin.create(fixture.kafka())) {
            waitFor(
                    "rows in an open transaction",
                    () -> transaction(admin).topicPartitions().stream()
                            .anyMatch(partition -> partition.topic().equals(BSOS)));
            dies.kill();
        }
        // Then
        Capture capture = fixture.capture();
        fixture.awaitCaptured(capture);
        assertThat(ids()).hasSize(15_000).doesNotHaveDuplicates();
    }

    /** dbz#51, dbz#76: a transaction that is open while others commit, and a restart at each commit. */
    @Test
    void interleavedTransactionsSurviveARestartAtEachCommit() throws Exception {
        Capture capture = fixture.streaming();
        try (Connection slow = connect();
                Statement statement = slow.createStatement()) {
            slow.setAutoCommit(false);
            for (int commit = 0; commit < 3; commit++) {
                statement.execute(insertion("slow-before-" + commit));
                insert("quick-" + commit);
                statement.execute(insertion("slow-after-" + commit));
                fixture.awaitCaptured(capture);
                capture.close();
                statement.execute(insertion("slow-meanwhile-" + commit));
                capture = fixture.streaming();
            }
            slow.commit();
        }
        fixture.awaitCaptured(capture);
        capture.close();
        insert("end");
        capture = fixture.streaming();
        fixture.awaitCaptured(capture);
        List<String> ids = ids();
        assertThat(ids).containsExactlyInAnyOrder(inTable());
        assertThat(ids.subList(0, 3)).containsExactly("quick-0", "quick-1", "quick-2");
    }

    /** dbz#2058: changes after a transactional logical message in the same transaction. */
    @Test
    void changesAfterALogicalMessageAreCaptured() throws Exception {
        Capture capture = fixture.streaming();
        fixture.writer().setAutoCommit(false);
        for (String prefix : List.of("waltally", "another")) {
            fixture.sql("SELECT pg_logical_emit_message(true, '" + prefix + "', 'x')");
            insert("after-" + prefix);
            fixture.sql("SELECT pg_logical_emit_message(false, '" + prefix + "', 'x')");
            insert("later-" + prefix);
            fixture.writer().commit();
        }
        fixture.awaitCaptured(capture);
        assertThat(ids()).containsExactly("after-waltally", "later-waltally", "after-another", "later-another");
    }

    /**
     * dbz#2330, and in 3.7.0 the look for TOASTable columns, which commits: rows that are not read in the snapshot that
     * the slot exported.
     */
    @Test
    void theStreamBeginsWhereTheSnapshotEnds() throws Exception {
        // Given
        fixture.sql("INSERT INTO bsos SELECT 1, 1, i::text, 0, 'x', now(), now() FROM generate_series(1, 5000) i");
        AtomicBoolean counting = new AtomicBoolean(true);
        CompletableFuture<Void> counter = CompletableFuture.runAsync(() -> repeat(
                counting, "UPDATE user_collections SET count = count + 1 WHERE user_id = 1 AND collection_id = 1"));
        // When
        Capture capture = fixture.streaming();
        counting.set(false);
        counter.join();
        fixture.awaitCaptured(capture);
        // Then
        long last = fixture.number("SELECT count FROM user_collections WHERE user_id = 1");
        List<Long> counts = fixture
                .read(RowChange.USER_COLLECTIONS)
                .until(records -> !records.isEmpty() && count(records.get(records.size() - 1)) == last)
                .stream()
                .map(KnownDefectsIT::count)
                .toList();
        assertThat(counts)
                .isEqualTo(IntStream.rangeClosed(counts.get(0).intValue(), (int) last)
                        .mapToObj(Long::valueOf)
                        .toList())
                .hasSizeGreaterThan(1);
    }

    /** DBZ-2175 and what made {@code schema.refresh.mode}: each refresh asks the server for the whole schema. */
    @Test
    void unchangedValuesThatAreStoredOutOfLineRefreshNoSchema() throws Exception {
        // Given
        Capture capture = fixture.streaming();
        fixture.sql("INSERT INTO bsos SELECT 1, 1, i::text, 0, string_agg(random()::text, ''), now(), now()"
                + " FROM generate_series(1, 20) i, generate_series(1, 1000) GROUP BY i");
        Logger emitter = (Logger) LoggerFactory.getLogger("io.debezium.connector.postgresql");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Level before = emitter.getLevel();
        emitter.setLevel(Level.DEBUG);
        emitter.setAdditive(false);
        emitter.addAppender(log);
        // When
        try {
            log.start();
            for (int i = 0; i < 20; i++) {
                fixture.sql("UPDATE bsos SET sortindex = sortindex + 1");
            }
            fixture.awaitCaptured(capture);
        } finally {
            emitter.detachAppender(log);
            emitter.setAdditive(true);
            emitter.setLevel(before);
        }
        // Then
        List<Captured> records = fixture.read(BSOS).until(all -> all.size() >= 420);
        assertThat(records.subList(20, 420))
                .allSatisfy(record -> assertThat(record.after().get("payload")).hasToString(RowChange.UNCHANGED));
        assertThat(log.list.stream().map(ILoggingEvent::getFormattedMessage))
                .noneMatch(message -> message.contains("refresh"));
    }

    /** "Engine has failed ... RejectedExecutionException": an engine that is closed under load. */
    @Test
    void closingUnderLoadLosesNothing() throws Exception {
        for (int i = 0; i < 3; i++) {
            AtomicBoolean writing = new AtomicBoolean(true);
            Capture capture = fixture.streaming();
            CompletableFuture<Void> load = CompletableFuture.runAsync(() ->
                    repeat(writing, "INSERT INTO bsos VALUES (1, 1, gen_random_uuid()::text, 0, 'x', now(), now())"));
            long changes = capture.status().changes();
            waitFor("changes", () -> capture.status().changes() > changes + 50);
            capture.close();
            assertThat(capture.status().state()).isEqualTo(CaptureState.STOPPED);
            writing.set(false);
            load.join();
        }
        Capture capture = fixture.capture();
        fixture.awaitCaptured(capture);
        assertThat(ids()).containsExactlyInAnyOrder(inTable());
    }

    /** A writer dies after its watermark is written, and before its transaction is committed. */
    @Test
    void theOpenTransactionOfADeadWriterDelaysNoStart() throws Exception {
        // Given
        fixture.streaming().close();
        Watermark watermark = fixture.watermark();
        Topic<WatermarkKey, Watermark> topic = fixture.catalogue().watermarks();
        Map<String, Object> properties = new HashMap<>(fixture.kafka());
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "waltally-capture-sync");
        properties.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int)
                Duration.ofMinutes(10).toMillis());
        try (Producer<WatermarkKey, Watermark> dies = new KafkaProducer<>(
                properties, topic.keySerde().serializer(), topic.valueSerde().serializer())) {
            dies.initTransactions();
            dies.beginTransaction();
            dies.send(new ProducerRecord<>(
                            topic.name(),
                            TopicCatalogue.watermarkPartition(Source.SYNC),
                            new WatermarkKey(Source.SYNC.id()),
                            watermark))
                    .get();
            dies.close(Duration.ZERO);
        }
        // When
        insert("after");
        Capture capture = fixture.capture();
        // Then
        fixture.awaitCaptured(capture);
        assertThat(ids()).containsExactlyInAnyOrder(inTable());
    }

    private void insert(String id) throws SQLException {
        fixture.sql(insertion(id));
    }

    private static String insertion(String id) {
        return "INSERT INTO bsos VALUES (1, 1, '" + id + "', 0, 'x', now(), now())";
    }

    private void repeat(AtomicBoolean going, String statement) {
        try (Connection connection = connect();
                Statement repeated = connection.createStatement()) {
            while (going.get()) {
                repeated.execute(statement);
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(
                fixture.config().database().url(),
                fixture.infrastructure().postgres().user(),
                "");
    }

    private CaptureProcess process() {
        return CaptureProcess.start(
                fixture.config().database().url(),
                fixture.infrastructure().kafka(),
                fixture.infrastructure().registry().toString(),
                Duration.ofMinutes(1));
    }

    private static TransactionDescription transaction(Admin admin) {
        String id = "waltally-capture-sync";
        try {
            return admin.describeTransactions(List.of(id)).description(id).get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static long count(Captured record) {
        return (Long) record.after().get("count");
    }

    /** The ids of bsos in the topic, in order, all rows being of one partition. */
    private List<String> ids() throws SQLException {
        Set<String> rows = new HashSet<>(List.of(inTable()));
        return fixture
                .read(BSOS)
                .until(records -> records.size() >= rows.size()
                        && records.stream()
                                .map(KnownDefectsIT::id)
                                .collect(Collectors.toSet())
                                .containsAll(rows))
                .stream()
                .map(KnownDefectsIT::id)
                .toList();
    }

    private static String id(Captured record) {
        return record.record().key().get("bso_id").toString();
    }

    private String[] inTable() throws SQLException {
        try (Statement statement = fixture.writer().createStatement();
                var rows = statement.executeQuery("SELECT array_agg(bso_id) FROM bsos")) {
            rows.next();
            return (String[]) rows.getArray(1).getArray();
        }
    }
}
