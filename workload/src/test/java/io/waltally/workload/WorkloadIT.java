package io.waltally.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.workload.objectstore.ObjectStoreOperations;
import io.waltally.workload.oracle.BackendTally;
import io.waltally.workload.oracle.S3Tallies;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.CommittedTransaction;
import io.waltally.workload.session.DatabaseAddress;
import io.waltally.workload.session.RowChanges;
import io.waltally.workload.session.WorkloadStatistics;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the workload's statistics with the changes that the database recorded. */
@ExtendWith(TestServer.Extension.class)
class WorkloadIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(90);

    private final TestServer server;
    private DatabaseAddress s3;
    private DatabaseAddress sync;

    WorkloadIT(TestServer server) {
        this.server = server;
    }

    @BeforeEach
    void createDatabases() throws SQLException {
        s3 = server.s3();
        sync = server.sync();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 20_261_122})
    void everyKindOfOperationOccursAndTheStatisticsEqualWhatTheDatabaseSaw(long seed) throws Exception {
        // Given
        Workload workload = Workload.prepare(WorkloadOptions.of(s3, sync, seed).withWritersPerStore(3));
        // The backends were written by prepare, before the trail began.
        WorkloadStatistics prepared = workload.statistics();
        AuditTrail s3Trail = AuditTrail.install(s3);
        AuditTrail syncTrail = AuditTrail.install(sync);
        // When
        long start = System.nanoTime();
        workload.start();
        await(
                workload,
                () -> workload.statistics().committed() > 5_000
                        && !workload.statistics().operations().containsValue(0L));
        workload.stop();
        // Then
        WorkloadStatistics statistics = workload.statistics();
        System.out.printf(
                "seed %d: %.0f transactions/s, %s%n",
                seed, statistics.committed() / ((System.nanoTime() - start) / 1e9), statistics);
        Map<String, RowChanges> seen = new HashMap<>(s3Trail.changes());
        seen.putAll(syncTrail.changes());
        seen.merge("backend_quotas", prepared.changes().get("backend_quotas"), RowChanges::plus);
        assertThat(statistics.changes()).containsExactlyInAnyOrderEntriesOf(seen);
        assertThat(objectNotifications(statistics))
                .containsExactlyInAnyOrderEntriesOf(s3Trail.replayObjectNotifications())
                .hasSize(4);
        assertThat(statistics.expectedNotifications().get("cleanup.exhausted"))
                .isEqualTo(seen.get("cleanup_dlq").insert());
        assertThat(statistics.expectedNotifications().get("backend.removed"))
                .isEqualTo(seen.get("backend_quotas").delete());
        assertThat(s3Trail.transactions().size() + syncTrail.transactions().size() + prepared.committed())
                .isEqualTo(statistics.committed());
        assertThat(statistics.rolledBack()).isPositive();
        assertThat(statistics.savepointsRolledBack()).isPositive();
        assertThat(statistics.unknownOutcomes()).isZero();
        assertThat(statistics.reconnected()).isZero();
        assertThat(seen)
                .containsOnlyKeys(
                        "backend_quotas",
                        "backend_usage",
                        "object_locations",
                        "pending_objects",
                        "multipart_uploads",
                        "multipart_parts",
                        "cleanup_queue",
                        "cleanup_dlq",
                        "bsos",
                        "user_collections",
                        "collections",
                        "batches",
                        "batch_bsos");
    }

    @Test
    void insertsMinusDeletesEqualTheRowCount() throws Exception {
        Workload workload = Workload.prepare(WorkloadOptions.of(s3, sync, 5));
        workload.start();
        await(workload, () -> workload.statistics().committed() > 3_000);
        workload.stop();
        WorkloadStatistics statistics = workload.statistics();
        statistics.changes().forEach((table, rows) -> {
            DatabaseAddress address = table.matches("bsos|user_collections|collections|batch.*") ? sync : s3;
            long existing = table.equals("collections") ? 13 : 0;
            assertThat(count(address, table)).as(table).isEqualTo(existing + rows.insert() - rows.delete());
        });
    }

    @Test
    void theApplicationsOwnCountersDriftOnlyWhereTheApplicationsDo() throws Exception {
        Workload workload = Workload.prepare(WorkloadOptions.ofS3(s3, 6));
        workload.start();
        await(workload, () -> workload.statistics().operations().getOrDefault("s3.prune-stale", 0L) > 10);
        workload.stop();
        S3Tallies tallies = new SqlOracle(s3).s3Tallies();
        tallies.backends().forEach((backend, tally) -> {
            long own = number(s3, "SELECT bytes_used FROM backend_quotas WHERE backend_name = '" + backend + "'");
            // Stale rows are pruned without a debit: the application counts too much, and never too little.
            assertThat(own).as(backend).isGreaterThanOrEqualTo(tally.bytesUsed());
            assertThat(own - tally.bytesUsed()).as(backend).isLessThan(ObjectStoreOperations.GIBIBYTE);
            assertThat(tally.utilization()).isLessThanOrEqualTo(1.0);
        });
    }

    @Test
    void backendsCrossEightyPercentNowAndThenAndAreDrainedAgain() throws Exception {
        SqlOracle oracle = new SqlOracle(s3);
        Workload workload = Workload.prepare(WorkloadOptions.ofS3(s3, 7).withRate(300));
        workload.start();
        try {
            for (int tide = 0; tide < 2; tide++) {
                await(workload, () -> highestUtilization(oracle) >= 0.8);
                await(workload, () -> highestUtilization(oracle) < 0.8);
            }
        } finally {
            workload.stop();
        }
    }

    @Test
    void theRateIsHeld() throws Exception {
        Workload workload = Workload.prepare(WorkloadOptions.of(s3, sync, 8).withRate(200));
        long start = System.nanoTime();
        workload.start();
        await(workload, () -> workload.statistics().committed() >= 600);
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        workload.stop();
        assertThat(elapsed).isBetween(Duration.ofMillis(2_500), Duration.ofSeconds(8));
    }

    @Test
    void aSeedDecidesWhatAWriterDoes() throws Exception {
        assertThat(firstTransactions(server.sync(), 9)).isEqualTo(firstTransactions(server.sync(), 9));
        assertThat(firstTransactions(server.sync(), 10)).isNotEqualTo(firstTransactions(server.sync(), 9));
    }

    @Test
    void theListenerReceivesEveryCommittedTransactionWithItsId() throws Exception {
        List<CommittedTransaction> received = Collections.synchronizedList(new ArrayList<>());
        Workload workload = Workload.prepare(WorkloadOptions.ofS3(s3, 11), received::add);
        received.clear();
        AuditTrail trail = AuditTrail.install(s3);
        workload.start();
        await(workload, () -> workload.statistics().committed() > 1_500);
        workload.stop();
        assertThat(received).extracting(CommittedTransaction::transactionId).doesNotHaveDuplicates();
        assertThat(received)
                .extracting(CommittedTransaction::transactionId)
                .containsExactlyInAnyOrderElementsOf(trail.transactions());
        Map<String, Long> notifications = new HashMap<>();
        received.forEach(transaction ->
                transaction.notifications().forEach(expected -> notifications.merge(expected.type(), 1L, Long::sum)));
        assertThat(notifications).isEqualTo(workload.statistics().expectedNotifications());
    }

    @Test
    void lostConnectionsAreOpenedAgain() throws Exception {
        Workload workload = Workload.prepare(WorkloadOptions.of(s3, sync, 12));
        workload.start();
        await(workload, () -> workload.statistics().committed() > 500);
        TestServer.execute(
                s3,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND"
                        + " application_name = 'waltally-workload'");
        await(workload, () -> workload.statistics().reconnected() >= 4);
        long committed = workload.statistics().committed();
        await(workload, () -> workload.statistics().committed() > committed + 500);
        workload.stop();
        assertThat(workload.failure()).isEqualTo(Optional.empty());
    }

    @Test
    void aSecondRunWithTheSameSeedGoesOnWhereTheFirstOneStopped() throws Exception {
        for (int run = 0; run < 2; run++) {
            try (Workload workload = Workload.prepare(WorkloadOptions.of(s3, sync, 13))) {
                workload.start();
                await(workload, () -> workload.statistics().committed() > 2_000);
            }
        }
        assertThat(new SqlOracle(s3).s3Tallies().backends()).hasSizeGreaterThanOrEqualTo(4);
    }

    private static List<Map<String, RowChanges>> firstTransactions(DatabaseAddress address, long seed)
            throws Exception {
        List<Map<String, RowChanges>> first = Collections.synchronizedList(new ArrayList<>());
        Workload workload = Workload.prepare(
                WorkloadOptions.ofSync(address, seed).withWritersPerStore(1),
                transaction -> first.add(transaction.changes()));
        workload.start();
        await(workload, () -> first.size() >= 150);
        workload.stop();
        return List.copyOf(first.subList(0, 150));
    }

    private static Map<String, Long> objectNotifications(WorkloadStatistics statistics) {
        Map<String, Long> notifications = new HashMap<>(statistics.expectedNotifications());
        notifications.keySet().removeIf(type -> !type.startsWith("s3:"));
        return notifications;
    }

    private static void await(Workload workload, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.call()) {
            assertThat(workload.failure()).isEmpty();
            assertThat(System.nanoTime())
                    .as("deadline; statistics are %s", workload.statistics())
                    .isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private static double highestUtilization(SqlOracle oracle) throws SQLException {
        return oracle.s3Tallies().backends().values().stream()
                .mapToDouble(BackendTally::utilization)
                .max()
                .orElse(0);
    }

    private static long count(DatabaseAddress address, String table) {
        return number(address, "SELECT count(*) FROM " + table);
    }

    private static long number(DatabaseAddress address, String sql) {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException error) {
            throw new AssertionError(sql, error);
        }
    }
}
