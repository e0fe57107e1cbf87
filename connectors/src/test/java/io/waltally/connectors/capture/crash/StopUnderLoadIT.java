package io.waltally.connectors.capture.crash;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.waltally.connectors.capture.Capture;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/**
 * An orderly stop leaves no open transaction in Kafka, which would hold up {@code read_committed} consumers until the
 * next start, passes over no change, and makes Debezium warn of nothing. {@code -Dwaltally.stops} is the number of stops, {@code -Dwaltally.seed}
 * repeats their plan, though not its timing.
 */
class StopUnderLoadIT {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(StopUnderLoadIT.class);
    private static final int STOPS = Integer.getInteger("waltally.stops", 3);
    private static final long SEED =
            Long.getLong("waltally.seed", ThreadLocalRandom.current().nextLong());
    private static final String TRANSACTIONAL_ID = "waltally-capture-sync";

    private static final int USERS = 16;
    private static final int LARGE = 120_000;

    /** More transactions than the engine hands over at once. */
    private static final int BACKLOG = 6_000;

    private static final String SMALL_TRANSACTIONS = """
        DO $$
        BEGIN
            FOR i IN 1..%d LOOP
                INSERT INTO bsos VALUES (i %% %d + 1, 1, gen_random_uuid()::text, 0, 'x', now(), now());
                COMMIT;
            END LOOP;
        END $$
        """.formatted(BACKLOG, USERS);
    private static final List<TransactionState> ENDED =
            List.of(TransactionState.EMPTY, TransactionState.COMPLETE_COMMIT, TransactionState.COMPLETE_ABORT);

    /** Less than the transaction timeout of the fixture, after which the broker aborts by itself. */
    private static final Duration SOON = Duration.ofSeconds(5);

    private static final Duration MAX_STOP = Duration.ofSeconds(10);

    private final Logger debezium = (Logger) LoggerFactory.getLogger("io.debezium.connector");
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @RegisterExtension
    private final CaptureFixture fixture = new CaptureFixture(Source.SYNC);

    private final SplittableRandom random = new SplittableRandom(SEED);

    /** When a stop comes. */
    private enum Moment {
        /** While small transactions are grouped and committed. */
        BETWEEN_COMMITS,
        /** While many small transactions wait to be published: what follows the last commit must be captured again. */
        IN_A_BACKLOG,
        /** While a transaction streams that a stop does not wait for. */
        IN_A_LARGE_TRANSACTION
    }

    @BeforeEach
    void readTheLog() {
        logged.start();
        debezium.addAppender(logged);
    }

    @AfterEach
    void leaveTheLog() {
        debezium.detachAppender(logged);
    }

    private List<String> warnings() {
        return List.copyOf(logged.list).stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    void noTransactionIsOpenAfterAStop() throws Exception {
        LOG.info("{} stops, seed {}", STOPS, SEED);
        fixture.sql("INSERT INTO user_collections SELECT i, 1, now(), 0 FROM generate_series(1, " + USERS + ") i");
        Map<Moment, Integer> stops = new EnumMap<>(Moment.class);
        AtomicBoolean writing = new AtomicBoolean(true);
        CompletableFuture<Void> load = CompletableFuture.runAsync(() -> write(writing));
        try (Admin admin = Admin.create(fixture.kafka())) {
            for (int stop = 0; stop < STOPS; stop++) {
                // Given
                Moment moment = Moment.values()[stop % Moment.values().length];
                if (moment == Moment.IN_A_BACKLOG) {
                    fixture.sql(SMALL_TRANSACTIONS);
                }
                Capture capture = fixture.streaming();
                await(moment, capture, admin);
                // When
                long before = System.nanoTime();
                capture.close();
                Duration took = Duration.ofNanos(System.nanoTime() - before);
                LOG.info("{} took {} ms", moment, took.toMillis());
                // Then
                String description = "stop %d, %s, seed %d".formatted(stop, moment, SEED);
                assertThat(took).as(description).isLessThan(MAX_STOP);
                assertThat(capture.status().state()).as(description).isEqualTo(CaptureState.STOPPED);
                assertThat(ends(admin)).as(description).isTrue();
                assertThat(warnings()).as(description).isEmpty();
                stops.merge(moment, 1, Integer::sum);
            }
        } finally {
            writing.set(false);
            load.join();
        }
        LOG.info("stops: {}", stops);
        Capture capture = fixture.capture();
        fixture.awaitCaptured(capture);
        assertThat(committedRecords()).isEqualTo(fixture.number("SELECT count(*) FROM bsos"));
    }

    private void await(Moment moment, Capture capture, Admin admin) throws Exception {
        switch (moment) {
            case BETWEEN_COMMITS, IN_A_BACKLOG -> {
                long changes = capture.status().changes() + random.nextInt(20, 500);
                waitFor("changes", () -> capture.status().changes() > changes);
            }
            case IN_A_LARGE_TRANSACTION -> {
                // The stop before may have cut off such a transaction, too.
                fixture.awaitCaptured(capture);
                fixture.sql("INSERT INTO bsos SELECT i % " + USERS + " + 1, 1, gen_random_uuid()::text, 0, 'x', now(),"
                        + " now() FROM generate_series(1, " + LARGE + ") i");
                // The small ones write one partition.
                int partitions = random.nextInt(2, 4);
                waitFor("an open transaction", () -> partitionsOfBsos(admin) >= partitions);
            }
        }
    }

    /** Writes small transactions. */
    private void write(AtomicBoolean going) {
        try (Connection connection = DriverManager.getConnection(
                        fixture.config().database().url(),
                        fixture.infrastructure().postgres().user(),
                        "");
                Statement statement = connection.createStatement()) {
            while (going.get()) {
                statement.execute("INSERT INTO bsos VALUES (1, 1, gen_random_uuid()::text, 0, 'x', now(), now())");
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static long partitionsOfBsos(Admin admin) {
        return transaction(admin).topicPartitions().stream()
                .filter(partition -> partition.topic().equals(RowChange.BSOS))
                .count();
    }

    private long committedRecords() {
        Map<String, Object> properties = new HashMap<>(fixture.kafka());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(RowChange.BSOS).stream()
                    .map(info -> new TopicPartition(RowChange.BSOS, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long records = 0;
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                records += consumer.poll(Duration.ofMillis(100)).count();
            }
            return records;
        }
    }

    /** Whether the last transaction ends soon, if it has not ended yet. */
    private static boolean ends(Admin admin) throws InterruptedException {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!ENDED.contains(transaction(admin).state())) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return true;
    }

    private static TransactionDescription transaction(Admin admin) {
        try {
            return admin.describeTransactions(List.of(TRANSACTIONAL_ID))
                    .description(TRANSACTIONAL_ID)
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
