package io.waltally.connectors.capture.crash;

import static io.waltally.connectors.capture.crash.RowChange.BSOS;
import static io.waltally.connectors.capture.crash.RowChange.UNCHANGED;
import static io.waltally.connectors.capture.crash.RowChange.USER_COLLECTIONS;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/**
 * A session that changes the sync store at random, determined by a seed, and keeps a record of what each committed
 * transaction must have in the topics. Each writer has its own user; all change the counters of user 0. Waits for a
 * crashed server, and reads the outcome of an unacknowledged commit from a table of committed transactions.
 */
final class SeededWriter implements Runnable {
    /** To be made before. */
    static final String COMMITTED_TABLE =
            "CREATE TABLE committed (writer bigint, number bigint, PRIMARY KEY (writer, number))";

    static final long COUNTERS = 0;

    private static final int LAST_COLLECTION = 3;
    private static final int BULK = 5_000;
    private static final int LARGE = 6_000;
    private static final int MAX_PAUSE_MILLIS = 80;

    private final String jdbcUrl;
    private final long user;
    private final SplittableRandom random;
    private final List<Committed> committed = new ArrayList<>();
    private volatile boolean stopping;

    private Map<Key, Row> rows = new TreeMap<>();
    private Map<Key, Row> working = new TreeMap<>();
    private List<RowChange> changes = new ArrayList<>();
    private long number;
    private long transactionId;
    private long ids;
    private @Nullable Connection connection;

    /** A transaction that is in the database: its records in order. */
    record Committed(long transactionId, List<RowChange> changes) {}

    private record Key(int collection, String id) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byCollection = Integer.compare(collection, other.collection);
            return byCollection == 0 ? id.compareTo(other.id) : byCollection;
        }
    }

    private record Row(int sortIndex, String payload) {
        boolean outOfLine() {
            return payload.length() >= LARGE;
        }
    }

    /** The collections of so many writers and the counters, to be made before. */
    static String collections(int writers) {
        return "INSERT INTO user_collections SELECT u, c, now(), CASE WHEN u = " + COUNTERS
                + " THEN 0 END FROM generate_series(0, " + writers + ") u, generate_series(1, " + LAST_COLLECTION
                + ") c";
    }

    SeededWriter(String jdbcUrl, long user, SplittableRandom random) {
        this.jdbcUrl = jdbcUrl;
        this.user = user;
        this.random = random;
    }

    /** Ends the writer after its current transaction. */
    void stop() {
        stopping = true;
    }

    int committedSoFar() {
        synchronized (committed) {
            return committed.size();
        }
    }

    /** In commit order. */
    List<Committed> committed() {
        synchronized (committed) {
            return List.copyOf(committed);
        }
    }

    @Override
    public void run() {
        try {
            while (!stopping) {
                try {
                    transaction();
                } catch (SQLException lost) {
                    resolve(lost);
                }
            }
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException | IOException e) {
            throw new AssertionError("writer of user " + user + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void transaction() throws SQLException, IOException, InterruptedException {
        if (connection == null) {
            connection = connect();
        }
        number++;
        working = new TreeMap<>(rows);
        changes = new ArrayList<>();
        begin();
        boolean longOne = random.nextInt(8) == 0;
        int steps = longOne ? random.nextInt(10, 40) : random.nextInt(1, 4);
        for (int i = 0; i < steps; i++) {
            step();
            if (longOne) {
                pause();
            }
        }
        if (random.nextInt(3) == 0) {
            count();
        }
        if (random.nextInt(10) == 0) {
            connection.rollback();
        } else {
            connection.commit();
            book();
        }
        pause();
    }

    private Connection connect() throws SQLException {
        Connection opened = DriverManager.getConnection(jdbcUrl, "postgres", "");
        opened.setAutoCommit(false);
        return opened;
    }

    private void begin() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO committed VALUES (?, ?) RETURNING pg_current_xact_id()::text::bigint")) {
            statement.setLong(1, user);
            statement.setLong(2, number);
            try (ResultSet id = statement.executeQuery()) {
                id.next();
                transactionId = id.getLong(1);
            }
        }
    }

    private void book() {
        rows = working;
        synchronized (committed) {
            committed.add(new Committed(transactionId, List.copyOf(changes)));
        }
    }

    /** Connects again and finds out whether the transaction that was under way has been committed. */
    private void resolve(SQLException lost) throws SQLException, InterruptedException {
        if (lost.getSQLState() == null
                || !(lost.getSQLState().startsWith("08") || lost.getSQLState().startsWith("57"))) {
            throw lost;
        }
        while (true) {
            try (Connection again = connect();
                    PreparedStatement query =
                            again.prepareStatement("SELECT 1 FROM committed WHERE writer = ? AND number = ?")) {
                query.setLong(1, user);
                query.setLong(2, number);
                try (ResultSet found = query.executeQuery()) {
                    if (found.next()) {
                        book();
                    }
                }
                connection = null;
                return;
            } catch (SQLException notYet) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    /** Between the statements of a long transaction and between transactions, so that they interleave. */
    private void pause() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(MAX_PAUSE_MILLIS));
    }

    private void step() throws SQLException, IOException {
        switch (random.nextInt(13)) {
            case 0, 1, 2 -> insert(1);
            case 3 -> insert(random.nextInt(2, 30));
            case 4 -> copy(collection(), random.nextInt(2, 60));
            case 5, 6 -> touch();
            case 7 -> rewrite();
            case 8 -> {
                if (random.nextInt(3) == 0) {
                    touchCollection();
                }
            }
            case 9 -> deleteAndInsertAgain();
            case 10 -> move();
            case 11 -> savepoint();
            default -> {
                if (random.nextInt(500) == 0) {
                    copy(LAST_COLLECTION, BULK);
                    deleteCollection(LAST_COLLECTION);
                } else if (random.nextInt(3) == 0) {
                    deleteCollection(collection());
                } else {
                    delete();
                }
            }
        }
    }

    private void insert(int count) throws SQLException {
        int collection = collection();
        StringBuilder values = new StringBuilder();
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Key key = new Key(collection, "id-" + ids++);
            keys.add(key);
            Row row = new Row(0, payload());
            working.put(key, row);
            values.append(i == 0 ? "" : ", ")
                    .append("(%d, %d, '%s', 0, '%s', now(), now())"
                            .formatted(user, collection, key.id(), row.payload()));
        }
        execute("INSERT INTO bsos VALUES " + values);
        keys.forEach(this::inserted);
    }

    private void copy(int collection, int count) throws SQLException, IOException {
        StringBuilder lines = new StringBuilder();
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Key key = new Key(collection, "copy-" + ids++);
            keys.add(key);
            Row row = new Row(0, "copied " + ids);
            working.put(key, row);
            lines.append("%d\t%d\t%s\t0\t%s\t2024-01-01Z\t2024-01-01Z%n"
                    .formatted(user, collection, key.id(), row.payload()));
        }
        long copied = new CopyManager(connection.unwrap(BaseConnection.class))
                .copyIn("COPY bsos FROM STDIN", new StringReader(lines.toString()));
        if (copied != count) {
            throw new AssertionError(copied + " rows copied, not " + count);
        }
        keys.forEach(this::inserted);
    }

    private void inserted(Key key) {
        Row row = working.get(key);
        add(key, "c", RowChange.bso(row.sortIndex(), row.payload()));
    }

    /** Leaves the payload as it is. */
    private void touch() throws SQLException {
        Key key = any();
        if (key != null) {
            execute("UPDATE bsos SET sortindex = sortindex + 1 WHERE " + where(key));
            touched(key);
        }
    }

    private void touched(Key key) {
        Row before = working.get(key);
        Row row = new Row(before.sortIndex() + 1, before.payload());
        working.put(key, row);
        add(key, "u", RowChange.bso(row.sortIndex(), row.outOfLine() ? UNCHANGED : row.payload()));
    }

    private void touchCollection() throws SQLException {
        int collection = collection();
        execute("UPDATE bsos SET sortindex = sortindex + 1 WHERE user_id = " + user + " AND collection_id = "
                + collection);
        keysOf(collection).forEach(this::touched);
    }

    private void rewrite() throws SQLException {
        Key key = any();
        if (key == null) {
            return;
        }
        Row row = new Row(working.get(key).sortIndex(), payload());
        execute("INSERT INTO bsos VALUES (%d, %d, '%s', 0, '%s', now(), now()) "
                        .formatted(user, key.collection(), key.id(), row.payload())
                + "ON CONFLICT (user_id, collection_id, bso_id) DO UPDATE SET payload = excluded.payload");
        working.put(key, row);
        add(key, "u", RowChange.bso(row.sortIndex(), row.payload()));
    }

    private void delete() throws SQLException {
        Key key = any();
        if (key != null) {
            execute("DELETE FROM bsos WHERE " + where(key));
            deleted(key);
        }
    }

    private void deleted(Key key) {
        working.remove(key);
        add(key, "d", null);
        add(key, "", null);
    }

    private void deleteAndInsertAgain() throws SQLException {
        Key key = any();
        if (key == null) {
            return;
        }
        execute("DELETE FROM bsos WHERE " + where(key));
        deleted(key);
        Row row = new Row(7, payload());
        execute("INSERT INTO bsos VALUES (%d, %d, '%s', 7, '%s', now(), now())"
                .formatted(user, key.collection(), key.id(), row.payload()));
        working.put(key, row);
        inserted(key);
    }

    /** A changed primary key, whose new row has the payload also if that is stored out of line. */
    private void move() throws SQLException {
        Key key = any();
        if (key == null) {
            return;
        }
        Row row = working.get(key);
        Key moved = new Key(key.collection(), "moved-" + ids++);
        execute("UPDATE bsos SET bso_id = '" + moved.id() + "' WHERE " + where(key));
        deleted(key);
        working.put(moved, row);
        inserted(moved);
    }

    private void deleteCollection(int collection) throws SQLException {
        execute("DELETE FROM user_collections WHERE user_id = " + user + " AND collection_id = " + collection);
        execute("INSERT INTO user_collections VALUES (" + user + ", " + collection + ", now())");
        keysOf(collection).forEach(this::deleted);
        String key = RowChange.key(user, collection);
        changes.add(new RowChange(USER_COLLECTIONS, key, "d", null));
        changes.add(new RowChange(USER_COLLECTIONS, key, "", null));
        changes.add(new RowChange(USER_COLLECTIONS, key, "c", RowChange.userCollection(null)));
    }

    private void savepoint() throws SQLException, IOException {
        Savepoint savepoint = connection.setSavepoint();
        Map<Key, Row> before = new TreeMap<>(working);
        int changesBefore = changes.size();
        insert(random.nextInt(1, 4));
        delete();
        if (random.nextBoolean()) {
            connection.rollback(savepoint);
            working = before;
            changes = new ArrayList<>(changes.subList(0, changesBefore));
        } else {
            connection.releaseSavepoint(savepoint);
        }
    }

    /** The last statement of a transaction, so that writers do not wait for one another in a circle. */
    private void count() throws SQLException {
        int collection = collection();
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE user_collections SET count = count + 1 WHERE user_id = ? AND collection_id = ? RETURNING count")) {
            statement.setLong(1, COUNTERS);
            statement.setInt(2, collection);
            try (ResultSet count = statement.executeQuery()) {
                count.next();
                changes.add(new RowChange(
                        USER_COLLECTIONS,
                        RowChange.key(COUNTERS, collection),
                        "u",
                        RowChange.userCollection(count.getLong(1))));
            }
        }
    }

    private void add(Key key, String operation, @Nullable String content) {
        changes.add(new RowChange(BSOS, RowChange.key(user, key.collection(), key.id()), operation, content));
    }

    private void execute(String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String where(Key key) {
        return "user_id = " + user + " AND collection_id = " + key.collection() + " AND bso_id = '" + key.id() + "'";
    }

    private int collection() {
        return 1 + random.nextInt(LAST_COLLECTION);
    }

    private @Nullable Key any() {
        if (working.isEmpty()) {
            return null;
        }
        List<Key> keys = new ArrayList<>(working.keySet());
        return keys.get(random.nextInt(keys.size()));
    }

    private List<Key> keysOf(int collection) {
        return working.keySet().stream()
                .filter(key -> key.collection() == collection)
                .toList();
    }

    /** One in six is stored out of line: too long for a page's share, and not to be compressed. */
    private String payload() {
        if (random.nextInt(6) > 0) {
            return "small " + random.nextInt(1_000_000);
        }
        StringBuilder text = new StringBuilder();
        int length = LARGE + random.nextInt(LARGE);
        while (text.length() < length) {
            text.appendCodePoint(random.nextInt(20) == 0 ? 0x1F600 + random.nextInt(64) : '0' + random.nextInt(75));
        }
        return text.toString().replace('\'', '_').replace('\\', '/');
    }
}
