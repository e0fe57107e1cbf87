package io.waltally.connectors.capture.stream;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/** Random transactions on a few keys with large names, and the rows that Debezium reports as inserted. */
final class RowHistory {
    static final int KEYS = 4;

    private static final int STATEMENTS = 5;

    /** Too random to be compressed to a size that stays in the row. */
    private static final int NAME_BYTES = 4_000;

    private final Random random;
    private final long firstKey;
    private final Execution statements;
    private Map<Long, String> rows = new HashMap<>();
    private List<Inserted> inserted = new ArrayList<>();

    /** A row under a key that had none: of an INSERT, or of an UPDATE of the key. */
    record Inserted(long key, String name) {}

    @FunctionalInterface
    interface Execution {
        void sql(String statement) throws SQLException;
    }

    RowHistory(Random random, long firstKey, Execution statements) {
        this.random = random;
        this.firstKey = firstKey;
        this.statements = statements;
    }

    /** The names with which each key began, in order. */
    List<String> inserted(long key) {
        return inserted.stream()
                .filter(row -> row.key() == key)
                .map(Inserted::name)
                .toList();
    }

    LongStream keys() {
        return LongStream.range(firstKey, firstKey + KEYS);
    }

    void transaction() throws SQLException {
        statements.sql("BEGIN");
        for (int i = random.nextInt(STATEMENTS) + 1; i > 0; i--) {
            if (random.nextInt(6) == 0) {
                savepoint();
            } else {
                statement();
            }
        }
        statements.sql("COMMIT");
    }

    private void savepoint() throws SQLException {
        Map<Long, String> rowsBefore = new HashMap<>(rows);
        List<Inserted> insertedBefore = new ArrayList<>(inserted);
        statements.sql("SAVEPOINT here");
        statement();
        statement();
        if (random.nextBoolean()) {
            statements.sql("RELEASE here");
        } else {
            statements.sql("ROLLBACK TO here");
            rows = rowsBefore;
            inserted = insertedBefore;
        }
    }

    private void statement() throws SQLException {
        long key = firstKey + random.nextInt(KEYS);
        if (!rows.containsKey(key)) {
            String name = name();
            statements.sql("INSERT INTO everything (id, name) VALUES (%d, '%s')".formatted(key, name));
            begin(key, name);
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> {
                statements.sql("DELETE FROM everything WHERE id = " + key);
                rows.remove(key);
            }
            case 1 -> statements.sql("UPDATE everything SET small = small + 1 WHERE id = " + key);
            case 2, 3 -> {
                String name = name();
                statements.sql("UPDATE everything SET name = '%s' WHERE id = %d".formatted(name, key));
                rows.put(key, name);
            }
            case 4 -> move(key, name());
            default -> move(key, rows.get(key));
        }
    }

    private void move(long key, String name) throws SQLException {
        long free = keys().filter(other -> !rows.containsKey(other)).findFirst().orElse(key);
        if (free == key) {
            return;
        }
        String set = name.equals(rows.get(key)) ? "" : ", name = '" + name + "'";
        statements.sql("UPDATE everything SET id = %d%s WHERE id = %d".formatted(free, set, key));
        rows.remove(key);
        begin(free, name);
    }

    private void begin(long key, String name) {
        rows.put(key, name);
        inserted.add(new Inserted(key, name));
    }

    private String name() {
        byte[] bytes = new byte[NAME_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
