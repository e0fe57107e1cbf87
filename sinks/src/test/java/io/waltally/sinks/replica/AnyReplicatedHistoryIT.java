package io.waltally.sinks.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Source;
import io.waltally.sinks.engine.SinkRunner;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Random transactions over three tables, records of other producers among theirs, and a sink that crashes all the time. */
@Timeout(600)
class AnyReplicatedHistoryIT {
    private static final Logger LOG = LoggerFactory.getLogger(AnyReplicatedHistoryIT.class);

    private static final long SEED =
            Long.getLong("waltally.seed", ThreadLocalRandom.current().nextLong());
    private static final int ROWS_BEFORE = 3_000;
    private static final int ROUNDS = Integer.getInteger("waltally.crash.rounds", 2);
    private static final int TRANSACTIONS = 120;
    private static final int TRANSACTIONS_PER_WRITE = 8;
    private static final double CRASHES = 0.1;
    private static final double FOREIGN_RECORDS = 0.1;
    private static final int IDS = 40;
    private static final List<String> TABLES = List.of("accounts", "ledger", "documents");

    private static final String DEADLOCK = "40P01";

    /** The sums are equal whenever a transaction has ended. */
    private static final String SUMS = "SELECT (SELECT coalesce(sum(balance), 0) FROM %1$s.accounts),"
            + " (SELECT coalesce(sum(amount), 0) FROM %1$s.ledger)";

    private static final String RECORDED = "SELECT applied_lsn >= '%s'::pg_lsn AND lag_seconds BETWEEN 0 AND 600"
            + " FROM waltally.replica_lag WHERE sink = 'replica' AND source = 's3'";

    private final Random random = new Random(SEED);
    private final AtomicInteger writes = new AtomicInteger();
    private final AtomicInteger crashes = new AtomicInteger();
    private int columns;

    @ParameterizedTest(name = "atomic = {0}")
    @ValueSource(booleans = {true, false})
    void replicasAreEqualToTheSourceAfterAnyHistory(boolean atomic) throws Exception {
        LOG.info("-Dwaltally.seed={}", SEED);
        try (ReplicaFixture fixture = new ReplicaFixture(
                Source.S3,
                TABLES,
                "CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL, note text)",
                "CREATE TABLE ledger (amount bigint NOT NULL, entry integer, account bigint, payload text,"
                        + " PRIMARY KEY (entry, account))",
                "CREATE TABLE documents (body text, tenant text, id integer, pages text[], data bytea,"
                        + " price numeric, meta jsonb, PRIMARY KEY (id, tenant))",
                "ALTER TABLE documents ALTER body SET STORAGE EXTERNAL, ALTER data SET STORAGE EXTERNAL")) {
            // Given
            fixture.sql(
                    "INSERT INTO accounts SELECT 1000 + i, i, 'before' FROM generate_series(1, " + ROWS_BEFORE + ") i");
            fixture.sql("INSERT INTO ledger SELECT balance, 1, id FROM accounts");
            fixture.capture();
            ReplicaFixture.Parts parts = fixture.parts();
            // When
            try (SnapshotReader reader = new SnapshotReader(fixture, atomic);
                    ForeignRecords foreign = fixture.foreignRecords(new Random(SEED))) {
                reader.start();
                for (int round = 0; round < ROUNDS; round++) {
                    try (SinkRunner runner = crashing(fixture, parts, atomic);
                            Connection writer = fixture.connectToSource()) {
                        for (int i = 0; i < TRANSACTIONS; i++) {
                            transaction(writer);
                            if (random.nextDouble() < FOREIGN_RECORDS) {
                                foreign.write();
                            }
                            if (i % TRANSACTIONS_PER_WRITE == 0) {
                                int before = writes.get();
                                ReplicaFixture.execute(writer, "UPDATE accounts SET note = note WHERE id = 1001");
                                ReplicaFixture.waitFor("a write of the sink", () -> writes.get() > before);
                            }
                            if (random.nextInt(TRANSACTIONS / 2) == 0) {
                                killSessions(fixture);
                            }
                        }
                        LOG.info("round {}: {}", round, runner.status());
                    }
                }
                // A column that was added last is made with the next record that has it. A foreign record is read with
                // the next transaction in its partition: each partition has one.
                fixture.sql("UPDATE accounts SET note = 'last'");
                fixture.sql("UPDATE ledger SET payload = 'last'");
                fixture.sql("INSERT INTO documents (id, tenant, body) SELECT -i, 'last', 'last' FROM"
                        + " generate_series(1, 100) i");
                try (SinkRunner runner = fixture.sink(parts, atomic, target -> target)) {
                    fixture.awaitReplicated(runner);
                    assertThat(ReplicaFixture.text(
                                    fixture.target(),
                                    RECORDED.formatted(runner.status()
                                            .completeTo()
                                            .orElseThrow()
                                            .lsn())))
                            .as("position and lag in the target")
                            .isEqualTo("t");
                    assertThat(fixture.setAside(foreign))
                            .as("dead letters, -Dwaltally.seed=%d", SEED)
                            .isNotEmpty()
                            .isEqualTo(foreign.written());
                    if (!atomic) {
                        assertIncompleteWhileARecordIsSetAside(fixture, runner);
                    }
                }
                reader.stop();
                LOG.info("{} crashes, {} states seen", crashes, reader.seen());
                // Then
                assertThat(reader.differences()).as("-Dwaltally.seed=%d", SEED).isEmpty();
                assertThat(crashes.get()).as("crashes").isPositive();
                if (atomic) {
                    assertThat(reader.seen()).as("states seen").isPositive();
                }
            }
            for (String table : TABLES) {
                List<String> columns = columnsOf(fixture, table);
                assertThat(rows(fixture.target(), ReplicaFixture.SCHEMA, table, columns))
                        .as("%s, -Dwaltally.seed=%d", table, SEED)
                        .containsExactlyElementsOf(rows(fixture.writer(), "public", table, columns));
            }
        }
    }

    private static void assertIncompleteWhileARecordIsSetAside(ReplicaFixture fixture, SinkRunner runner)
            throws Exception {
        String table = "ALTER TABLE " + ReplicaFixture.SCHEMA + ".accounts ";
        ReplicaFixture.execute(fixture.target(), table + "ADD CONSTRAINT refuses CHECK (note <> 'refused') NOT VALID");
        fixture.sql("UPDATE accounts SET note = 'refused' WHERE id = 1001");
        String end = ReplicaFixture.text(fixture.writer(), "SELECT pg_current_wal_insert_lsn()");
        ReplicaFixture.waitFor(
                "a row out of date",
                () -> runner.status().reason().orElse("").contains("out of date (1 of s3.accounts)"));
        assertThat(ReplicaFixture.text(
                        fixture.target(),
                        "SELECT applied_lsn < '" + end + "' FROM waltally.replica_lag WHERE sink = 'replica'"))
                .isEqualTo("t");
        ReplicaFixture.execute(fixture.target(), table + "DROP CONSTRAINT refuses");
        fixture.sql("UPDATE accounts SET note = 'taken' WHERE id = 1001");
        fixture.awaitReplicated(runner);
    }

    private SinkRunner crashing(ReplicaFixture fixture, ReplicaFixture.Parts parts, boolean atomic) {
        Random ofTarget = new Random(random.nextLong());
        AtomicInteger inARow = new AtomicInteger();
        return fixture.sink(
                parts, atomic, target -> new CrashingTarget(target, ofTarget, CRASHES, writes, crashes, inARow));
    }

    private static void killSessions(ReplicaFixture fixture) throws SQLException {
        ReplicaFixture.execute(
                fixture.target(),
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'replicator'");
    }

    /** Some statements, of which the sums of both tables are equal in the end; sometimes rolled back. */
    private void transaction(Connection writer) throws SQLException {
        writer.setAutoCommit(false);
        int statements = 1 + random.nextInt(6);
        for (int i = 0; i < statements; i++) {
            for (String sql : change()) {
                ReplicaFixture.execute(writer, sql);
            }
        }
        if (random.nextInt(10) == 0) {
            writer.rollback();
        } else {
            writer.commit();
        }
        writer.setAutoCommit(true);
    }

    private List<String> change() {
        int id = random.nextInt(IDS);
        int other = random.nextInt(IDS);
        String tenant = "'t\t\\\n" + random.nextInt(2) + "'";
        String document = "id = " + id + " AND tenant = " + tenant;
        return switch (random.nextInt(100) / 4) {
            case 0, 1, 2, 3 -> {
                int amount = random.nextInt(1_000) - 500;
                yield List.of(
                        "INSERT INTO accounts VALUES (" + id + ", " + amount + ", " + small()
                                + ") ON CONFLICT (id) DO UPDATE SET balance = accounts.balance + excluded.balance",
                        "INSERT INTO ledger VALUES (" + amount + ", " + random.nextInt(1_000_000) + ", " + id
                                + ") ON CONFLICT (entry, account) DO UPDATE SET amount = ledger.amount + excluded.amount");
            }
            case 4 ->
                List.of(
                        "DELETE FROM ledger WHERE account = " + id,
                        "DELETE FROM accounts WHERE id = " + id,
                        "INSERT INTO ledger SELECT coalesce((SELECT sum(balance) FROM accounts), 0)"
                                + " - coalesce((SELECT sum(amount) FROM ledger), 0), -1, " + id
                                + " ON CONFLICT (entry, account) DO UPDATE SET amount = ledger.amount + excluded.amount");
            case 5 ->
                List.of("UPDATE accounts SET id = " + other + " WHERE id = " + id
                        + " AND NOT EXISTS (SELECT FROM accounts WHERE id = " + other + ")");
            case 6 -> List.of("UPDATE ledger SET payload = " + small() + " WHERE entry % 7 = " + id % 7);
            case 7, 8, 9, 10, 11, 12 ->
                List.of("INSERT INTO documents (id, tenant, body, pages, data, price, meta) VALUES (" + id + ", "
                        + tenant + ", " + toasted() + ", ARRAY[" + small() + ", NULL, " + toasted() + "], "
                        + "convert_to(" + toasted() + ", 'UTF8'), " + price() + ", '{\"a\": [1, null]}')"
                        + " ON CONFLICT (id, tenant) DO UPDATE SET price = excluded.price");
            case 13, 14, 15 -> List.of("UPDATE documents SET price = " + price() + " WHERE " + document);
            case 16 -> List.of("UPDATE documents SET body = " + toasted() + " WHERE " + document);
            case 17 -> List.of("UPDATE documents SET data = NULL, pages = '{}' WHERE " + document);
            case 18 ->
                List.of("UPDATE documents SET id = " + other + " WHERE " + document
                        + " AND NOT EXISTS (SELECT FROM documents d WHERE d.id = " + other + " AND d.tenant = "
                        + tenant + ")");
            case 19, 20 -> List.of("DELETE FROM documents WHERE " + document);
            case 21 ->
                List.of(
                        "UPDATE documents SET meta = jsonb_set(meta, '{a}', to_jsonb(" + small() + "::text))",
                        "UPDATE documents SET price = price + 1 WHERE id % 3 = " + id % 3);
            case 22 -> random.nextInt(4) == 0 ? List.of("TRUNCATE documents") : List.of();
            case 23 -> random.nextInt(4) == 0 ? added() : List.of();
            default ->
                List.of(
                        "DELETE FROM documents WHERE " + document,
                        "INSERT INTO documents (id, tenant, body)" + " VALUES (" + id + ", " + tenant + ", " + small()
                                + ") ON CONFLICT DO NOTHING");
        };
    }

    /** A new column, of which the table's default may be another one before any record has the column. */
    private List<String> added() {
        String table = "ALTER TABLE " + TABLES.get(random.nextInt(TABLES.size()));
        String column = "added_" + columns++;
        String add = table + " ADD COLUMN " + column + " ";
        String alter = table + " ALTER COLUMN " + column + " ";
        return switch (random.nextInt(8)) {
            case 0 -> List.of(add + "integer");
            case 1 -> List.of(add + "text DEFAULT 'it''s \\ new'");
            case 2 -> List.of(add + "numeric(8, 2) NOT NULL DEFAULT 1.50");
            case 3 -> List.of(add + "timestamptz DEFAULT '2024-02-29 12:00:00.5+00'");
            case 4 -> List.of(add + "jsonb DEFAULT '{}'", alter + "DROP DEFAULT");
            case 5 -> List.of(add + "integer DEFAULT 0", alter + "SET DEFAULT 5");
            case 6 -> List.of(add + "integer", alter + "SET DEFAULT 5");
            default ->
                List.of(add + "timestamptz NOT NULL DEFAULT now()", alter + "SET DEFAULT '2024-02-29 12:00:00+00'");
        };
    }

    private String small() {
        return switch (random.nextInt(5)) {
            case 0 -> "NULL";
            case 1 -> "''";
            case 2 -> "E'\\\\N\\n\\r\\t\\\\.\\'{\"'";
            default -> "'Zürich 漢 " + random.nextInt() + "'";
        };
    }

    private String price() {
        return switch (random.nextInt(4)) {
            case 0 -> "'NaN'";
            case 1 -> "NULL";
            case 2 -> "1.5";
            // Capture does not keep zeros at the end.
            default -> random.nextInt() + "." + random.nextInt(1_000) + "7";
        };
    }

    /** More than 2 kB that do not compress. */
    private String toasted() {
        return "(SELECT string_agg(md5(i::text || '" + random.nextLong() + "'), '') FROM generate_series(1, 90) i)";
    }

    private static List<String> columnsOf(ReplicaFixture fixture, String table) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (Statement statement = fixture.writer().createStatement();
                ResultSet rows = statement.executeQuery("SELECT attname FROM pg_attribute WHERE attrelid = 'public."
                        + table + "'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum")) {
            while (rows.next()) {
                columns.add(rows.getString(1));
            }
        }
        return columns;
    }

    private static List<String> rows(Connection connection, String schema, String table, List<String> columns)
            throws SQLException {
        ReplicaFixture.execute(connection, "SET TimeZone = 'UTC'");
        List<String> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT concat_ws(', ', "
                        + columns.stream()
                                .map(column -> "'" + column + "=' || CASE WHEN length(" + column
                                        + "::text) > 100 THEN md5(" + column + "::text) ELSE " + column + "::text END")
                                .collect(Collectors.joining(", "))
                        + ") FROM " + schema + "." + table + " ORDER BY 1")) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    /** Reads the replicas all the time, each time all in one snapshot. */
    private static final class SnapshotReader implements AutoCloseable {
        private final Connection connection;
        private final boolean atomic;
        private final AtomicInteger seen = new AtomicInteger();
        private final List<String> differences = new ArrayList<>();
        private volatile boolean stopped;
        private final Thread thread = new Thread(this::run, "snapshot-reader");

        SnapshotReader(ReplicaFixture fixture, boolean atomic) throws SQLException {
            connection = fixture.connectToTarget();
            this.atomic = atomic;
        }

        void start() {
            thread.start();
        }

        private void run() {
            String last = "";
            try {
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                while (!stopped && atomic) {
                    try {
                        if (isFilled()) {
                            last = read(last);
                        }
                    } catch (SQLException e) {
                        // A column that is added to two tables waits for this reader, and it for the other table.
                        if (!DEADLOCK.equals(e.getSQLState())) {
                            throw e;
                        }
                    }
                    connection.rollback();
                    Thread.sleep(2);
                }
            } catch (SQLException | InterruptedException e) {
                differences.add(e.toString());
            }
        }

        /** Before, the replicas are filled in parts. */
        private boolean isFilled() throws SQLException {
            return ReplicaFixture.text(connection, "SELECT to_regclass('waltally.replica_progress') IS NOT NULL")
                            .equals("t")
                    && !ReplicaFixture.text(connection, "SELECT count(*) FROM waltally.replica_progress")
                            .equals("0");
        }

        private String read(String last) throws SQLException {
            String sums = ReplicaFixture.text(
                    connection,
                    "SELECT s::text FROM (" + SUMS.formatted(ReplicaFixture.SCHEMA) + ") s (balances, amounts)");
            String[] both = sums.substring(1, sums.length() - 1).split(",", -1);
            if (!both[0].equals(both[1])) {
                differences.add(sums);
            }
            if (!sums.equals(last)) {
                seen.incrementAndGet();
            }
            return sums;
        }

        int seen() {
            return seen.get();
        }

        List<String> differences() {
            return differences;
        }

        void stop() {
            stopped = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() throws SQLException {
            stop();
            connection.close();
        }
    }
}
