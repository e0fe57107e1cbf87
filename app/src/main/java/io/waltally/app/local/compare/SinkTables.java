package io.waltally.app.local.compare;

import io.waltally.workload.oracle.CollectionKey;
import io.waltally.workload.session.DatabaseAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads what sinks have written. */
public final class SinkTables {
    private static final String QUOTAS = "SELECT backend_name, bytes_used, orphan_bytes FROM waltally.backend_quotas";

    private static final String COLLECTIONS =
            "SELECT user_id, collection_id, count, total_bytes FROM waltally.user_collections";

    private static final String COLUMNS = """
            SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
            FROM pg_attribute
            WHERE attrelid = (quote_ident(?) || '.' || quote_ident(?))::regclass AND attnum > 0 AND NOT attisdropped
            """;

    private SinkTables() {}

    /**
     * The counters of a backend.
     *
     * @param bytesUsed in its objects
     * @param orphanBytes waiting for cleanup
     */
    public record Quota(long bytesUsed, long orphanBytes) {}

    /** The counters of a collection. */
    public record Collection(long count, long totalBytes) {}

    /** The shadow table of backends, by name. */
    public static Map<String, Quota> quotas(DatabaseAddress s3) throws SQLException {
        Map<String, Quota> quotas = new HashMap<>();
        try (Connection connection = s3.connect();
                PreparedStatement statement = connection.prepareStatement(QUOTAS);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                quotas.put(rows.getString(1), new Quota(rows.getLong(2), rows.getLong(3)));
            }
        }
        return quotas;
    }

    /** The shadow table of collections. */
    public static Map<CollectionKey, Collection> collections(DatabaseAddress sync) throws SQLException {
        Map<CollectionKey, Collection> collections = new HashMap<>();
        try (Connection connection = sync.connect();
                PreparedStatement statement = connection.prepareStatement(COLLECTIONS);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                collections.put(
                        new CollectionKey(rows.getLong(1), rows.getInt(2)),
                        new Collection(rows.getLong(3), rows.getLong(4)));
            }
        }
        return collections;
    }

    /**
     * The number of rows and a hash of all of them, by table.
     *
     * @param source the database whose columns are compared, schema {@code public}
     * @param database to be read
     * @param schema to be read
     */
    public static Map<String, String> digests(
            DatabaseAddress source, DatabaseAddress database, String schema, List<String> tables) throws SQLException {
        Map<String, String> digests = new TreeMap<>();
        try (Connection from = source.connect();
                Connection connection = database.connect()) {
            for (String table : tables) {
                digests.put(table, digest(connection, schema, table, columns(from, table)));
            }
        }
        return digests;
    }

    private static String columns(Connection connection, String table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, "public");
            statement.setString(2, table);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static String digest(Connection connection, String schema, String table, String columns)
            throws SQLException {
        String sql = """
                SELECT count(*) || ' rows ' || coalesce(md5(string_agg(hash, '' ORDER BY hash)), '')
                FROM (SELECT md5(row(%s)::text) AS hash FROM %s.%s) AS hashes
                """.formatted(columns, schema, table);
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }
}
