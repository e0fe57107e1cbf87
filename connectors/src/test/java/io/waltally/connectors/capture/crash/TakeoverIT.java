package io.waltally.connectors.capture.crash;

import static io.waltally.connectors.capture.fixture.CapturedTopics.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.fixture.CaptureFixture;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leaders that lose the lead without dying. */
class TakeoverIT {
    private static final Logger LOG = LoggerFactory.getLogger(TakeoverIT.class);
    private static final Duration TAKE_OVER = Duration.ofSeconds(10);
    private static final int ROWS = 50_000;
    private static final Set<TransactionState> COMMITTED =
            Set.of(TransactionState.PREPARE_COMMIT, TransactionState.COMPLETE_COMMIT);
    private static final String TRANSACTIONAL_ID = "waltally-capture-sync";
    private static final String LEAD =
            " FROM (SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS leader";

    @RegisterExtension
    private final CaptureFixture fixture = new CaptureFixture(Source.SYNC);

    private final long seed = ThreadLocalRandom.current().nextLong();
    private final List<CaptureProcess> processes = new ArrayList<>();
    private SeededWriter writer;
    private CompletableFuture<Void> writing;

    @BeforeEach
    void startWriter() throws Exception {
        LOG.info("seed {}", seed);
        fixture.sql(SeededWriter.COMMITTED_TABLE);
        fixture.sql(SeededWriter.collections(1));
        writer = new SeededWriter(fixture.config().database().url(), 1, new SplittableRandom(seed));
        writing = CompletableFuture.runAsync(writer);
    }

    @AfterEach
    void endProcesses() {
        processes.forEach(CaptureProcess::close);
        writer.stop();
        writing.join();
    }

    @Test
    void aLeaderThatStandsStillIsReplacedAndIsFencedWhenItWakes() throws Exception {
        // Given
        CaptureProcess first = start(Duration.ofMinutes(1));
        first.awaitState(CaptureState.STREAMING);
        int beforeStreaming = writer.committedSoFar();
        CaptureProcess second = start(Duration.ofMinutes(1));
        second.awaitState(CaptureState.WAITING);
        Lsn led = fixture.walPosition();
        first.await("at " + led, status -> status.reached(led));
        // When
        first.freeze();
        long began = System.nanoTime();
        endLeadingSession();
        Lsn lost = fixture.walPosition();
        second.await("at " + lost, status -> status.reached(lost));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        LOG.info("taken over within {} ms", took.toMillis());
        first.wake();
        // Then
        assertThat(first.awaitEnd()).as(first.output()).isEqualTo(1);
        assertThat(first.output()).contains("fenced: another process captures sync now");
        assertThat(took).isLessThan(TAKE_OVER);
        nothingIsLostOrRepeated(second, beforeStreaming);
    }

    @Test
    void aLeaderThatLosesItsSessionLeadsAgainBeforeItGoesOn() throws Exception {
        // Given
        CaptureProcess only = start(Duration.ofMinutes(1));
        only.awaitState(CaptureState.STREAMING);
        int beforeStreaming = writer.committedSoFar();
        long session = fixture.number("SELECT pid" + LEAD);
        // When
        endLeadingSession();
        // Then
        waitFor("a lead of a new session", () -> leads() == 1 && leader() != session);
        nothingIsLostOrRepeated(only, beforeStreaming);
    }

    @Test
    void aTransactionThatKafkaGivesUpIsCapturedAgain() throws Exception {
        // Given
        CaptureProcess only = start(Duration.ofSeconds(8));
        only.awaitState(CaptureState.STREAMING);
        writer.stop();
        writing.join();
        // When
        try (Admin admin = Admin.create(fixture.kafka())) {
            int user = 100;
            while (!freezesInATransaction(only, user, admin)) {
                only.wake();
                user++;
            }
        }
        only.wake();
        // Then
        CapturedHistory history = stopped(only);
        history.headersAreConsistent();
        history.watermarksCoverWhatTheyClaim();
        assertThat(history.latest(RowChange.BSOS)).hasSize((int) fixture.number("SELECT count(*) FROM bsos"));
        assertThat(only.output()).contains("transaction-timeout");
    }

    /** Whether Kafka gives a transaction up that a process has begun. A fast process ends it before it is frozen. */
    private boolean freezesInATransaction(CaptureProcess process, int user, Admin admin) throws Exception {
        fixture.sql("INSERT INTO user_collections VALUES (" + user + ", 1, now())");
        fixture.sql("INSERT INTO bsos SELECT " + user + ", 1, i::text, 0, 'x', now(), now() FROM generate_series(1, "
                + ROWS + ") i");
        waitFor(
                "rows in an open transaction",
                () -> transaction(admin).topicPartitions().stream()
                        .anyMatch(partition -> partition.topic().equals(RowChange.BSOS)));
        process.freeze();
        waitFor("ended", () -> transaction(admin).state() != TransactionState.ONGOING);
        return !COMMITTED.contains(transaction(admin).state());
    }

    private void nothingIsLostOrRepeated(CaptureProcess leader, int beforeStreaming) throws Exception {
        writer.stop();
        writing.join();
        CapturedHistory history = stopped(leader);
        history.headersAreConsistent();
        history.watermarksCoverWhatTheyClaim();
        history.transactionsAreThoseOf(List.of(writer.committed()), List.of(beforeStreaming));
    }

    /** What there is when the leader has captured everything. */
    private CapturedHistory stopped(CaptureProcess leader) throws Exception {
        Lsn end = fixture.walPosition();
        leader.await("at " + end, status -> status.reached(end));
        leader.stop();
        CapturedHistory history = CapturedHistory.read(
                fixture.infrastructure().kafka(),
                fixture.infrastructure().registry().toString(),
                fixture.catalogue());
        LOG.info("{}", history);
        return history;
    }

    private static TransactionDescription transaction(Admin admin) {
        try {
            return admin.describeTransactions(List.of(TRANSACTIONAL_ID))
                    .description(TRANSACTIONAL_ID)
                    .get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private CaptureProcess start(Duration transactionTimeout) {
        CaptureProcess process = CaptureProcess.start(
                fixture.config().database().url(),
                fixture.infrastructure().kafka(),
                fixture.infrastructure().registry().toString(),
                transactionTimeout);
        processes.add(process);
        return process;
    }

    private void endLeadingSession() throws SQLException {
        assertThat(fixture.number("SELECT count(pg_terminate_backend(pid))" + LEAD))
                .isEqualTo(1);
    }

    private long leads() {
        return number("SELECT count(*)" + LEAD);
    }

    private long leader() {
        return number("SELECT max(pid)" + LEAD);
    }

    private long number(String query) {
        try {
            return fixture.number(query);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
