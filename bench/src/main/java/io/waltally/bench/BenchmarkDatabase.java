package io.waltally.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.postgresql.PGProperty;

/** What the benchmark asks of the server, as its superuser. */
final class BenchmarkDatabase implements AutoCloseable {
    private final String url;
    private final String user;
    private final Connection connection;

    BenchmarkDatabase(String url, String user) throws SQLException {
        this.url = url;
        this.user = user;
        this.connection = DriverManager.getConnection(url, user, "");
    }

    Connection connectForReplication() throws SQLException {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, user);
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        return DriverManager.getConnection(url, properties);
    }

    /** What the rows refer to. The table is left alone by autovacuum, which would take part in what is measured. */
    void prepare() throws SQLException {
        execute("ALTER TABLE public.object_locations SET (autovacuum_enabled = false)");
        execute("INSERT INTO public.backend_quotas (backend_name, bytes_limit)"
                + " SELECT 'backend-' || i, 0 FROM generate_series(0, 2) i");
    }

    void write(int rows, int rowsPerTransaction) throws SQLException {
        execute("""
                DO $$ BEGIN
                  FOR start IN 1..%1$d BY %2$d LOOP
                    INSERT INTO public.object_locations (object_key, backend_name, size_bytes, content_hash)
                    SELECT format('bucket-%%s/photos/2026/%%s.jpg', i %% 16, i), 'backend-' || i %% 3, i * 17, md5(i::text)
                    FROM generate_series(start, least(start + %2$d - 1, %1$d)) i;
                    COMMIT;
                  END LOOP;
                END $$""".formatted(rows, rowsPerTransaction));
        execute("CHECKPOINT");
    }

    boolean isActive(String slot) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT active FROM pg_replication_slots WHERE slot_name = ?")) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    void copySlot(String from, String to) throws SQLException {
        call("SELECT pg_copy_logical_replication_slot(?, ?)", from, to);
    }

    void dropSlot(String slot) throws SQLException {
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
