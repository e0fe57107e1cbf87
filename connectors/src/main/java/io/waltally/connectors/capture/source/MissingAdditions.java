package io.waltally.connectors.capture.source;

import io.waltally.schemas.SchemaAddition;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Finds additions to an application's schema that are not captured because the application is or was too old. */
public final class MissingAdditions {
    private MissingAdditions() {}

    /** @param configured the tables to capture; additions to others do not count */
    public static List<MissingAddition> read(
            Connection connection, Source source, List<String> configured, PublishedTables published)
            throws SQLException {
        List<String> tables = published.missing(source, configured);
        Set<String> columns = columns(connection, configured);
        List<MissingAddition> missing = new ArrayList<>();
        for (SchemaAddition addition : SchemaAddition.of(source)) {
            if (addition.column().isEmpty()) {
                if (tables.contains(addition.table())) {
                    missing.add(new MissingAddition(addition, exists(addition.table(), columns)));
                }
            } else if (published.names().contains(addition.table())
                    && configured.contains(addition.table())
                    && !columns.contains(addition.toString())) {
                missing.add(new MissingAddition(addition, false));
            }
        }
        return missing;
    }

    private static boolean exists(String table, Set<String> columns) {
        return columns.stream().anyMatch(column -> column.startsWith(table + "."));
    }

    /** All columns of the tables, as {@code table.column}. */
    private static Set<String> columns(Connection connection, List<String> tables) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (?)
                  AND a.attnum > 0 AND NOT a.attisdropped""")) {
            statement.setArray(1, connection.createArrayOf("text", tables.toArray()));
            Set<String> columns = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(rows.getString(1));
                }
            }
            return columns;
        }
    }
}
