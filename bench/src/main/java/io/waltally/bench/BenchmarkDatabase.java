package io.waltally.bench;

import io.waltally.schemas.Lsn;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGProperty;

/** The benchmark's superuser connection to the server. */
public final class BenchmarkDatabase implements AutoCloseable {
    private final String url;
    private final String user;
    private final BenchmarkTable table;
    private final Connection connection;

    public BenchmarkDatabase(String url, String user, BenchmarkTable table) throws SQLException {
        this.url = url;
        this.user = user;
        this.table = table;
        this.connection = DriverManager.getConnection(url, user, "");
    }

    public Connection connectForReplication() throws SQLException {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, user);
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        return DriverManager.getConnection(url, properties);
    }

    /**
     * Writes the rows that later rows refer to, and disables autovacuum for the table, which would disturb the
     * measurement.
     */
    public void prepare() throws SQLException {
        execute("ALTER TABLE public.%s SET (autovacuum_enabled = false)".formatted(table.table()));
        execute(table.prepare());
    }

    /**
     * Writes rows with successive numbers.
     *
     * @return an LSN at or behind the end of the last one
     */
    public Lsn write(long first, int rows, int rowsPerTransaction) throws SQLException {
        Lsn written = writeWithoutCheckpoint(first, rows, rowsPerTransaction);
        execute("CHECKPOINT");
        return written;
    }

    /** The same, for rows that are captured while they are written. */
    public Lsn writeWithoutCheckpoint(long first, int rows, int rowsPerTransaction) throws SQLException {
        execute("""
                DO $$ BEGIN
                  FOR start IN %1$d..%2$d BY %3$d LOOP
                    %4$s;
                    COMMIT;
                  END LOOP;
                END $$""".formatted(
                first,
                first + rows - 1,
                rowsPerTransaction,
                table.insert("start", "least(start + %d, %d)".formatted(rowsPerTransaction - 1, first + rows - 1))));
        return currentLsn();
    }

    public void removeRows() throws SQLException {
        execute("TRUNCATE public." + table.table());
    }

    private Lsn currentLsn() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    public boolean isActive(String slot) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT active FROM pg_replication_slots WHERE slot_name = ?")) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    public void awaitInactive(String slot) throws SQLException, InterruptedException {
        while (isActive(slot)) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    public void copySlot(String from, String to) throws SQLException {
        call("SELECT pg_copy_logical_replication_slot(?, ?)", from, to);
    }

    public void dropSlot(String slot) throws SQLException {
        call("SELECT pg_drop_replication_slot(?)", slot);
    }

    private void call(String sql, String... arguments) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setString(i + 1, arguments[i]);
            }
            statement.execute();
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
