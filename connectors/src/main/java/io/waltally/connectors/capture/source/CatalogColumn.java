package io.waltally.connectors.capture.source;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The values of a column in rows that are older than it, according to the catalogue. The catalogue has the value that
 * the default had when the column was added ({@code attmissingval}) until the table is rewritten, which stores that value
 * in the rows.
 *
 * @param type as a cast names it
 * @param missingValues texts of that value, in the table and its partitions
 * @param filled whether older rows may have values although there is no missing one: the table was rewritten, and the
 *     column or its domain has a default, or it is not nullable
 */
public record CatalogColumn(String name, String type, List<String> missingValues, boolean filled) {
    public CatalogColumn {
        missingValues = List.copyOf(missingValues);
    }

    /** The named columns of a table that exist. */
    static List<CatalogColumn> read(Connection connection, String table, Set<String> names) throws SQLException {
        // attmissingval is an array of one element. Its own text would have to be parsed by the delimiter of the type.
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT a.attname, format_type(a.atttypid, a.atttypmod),
                       array_remove(array_agg(DISTINCT array_to_string(p.attmissingval, '')), NULL),
                       -- The first file of a table has the number of the table.
                       coalesce(bool_or((p.attnotnull OR p.atthasdef OR p.attidentity <> '' OR y.typdefault IS NOT NULL)
                                        AND pg_relation_filenode(t.relid) <> t.relid), false)
                FROM pg_class c
                CROSS JOIN LATERAL (SELECT c.oid AS relid UNION SELECT relid FROM pg_partition_tree(c.oid)) t
                JOIN pg_attribute p ON p.attrelid = t.relid AND p.attnum > 0 AND NOT p.attisdropped
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = p.attname
                JOIN pg_type y ON y.oid = a.atttypid
                WHERE c.relname = ? AND c.relnamespace = 'public'::regnamespace AND a.attname = ANY (?)
                GROUP BY 1, 2""")) {
            statement.setString(1, table);
            statement.setArray(2, connection.createArrayOf("text", names.toArray()));
            List<CatalogColumn> columns = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(new CatalogColumn(
                            rows.getString(1),
                            rows.getString(2),
                            List.of((String[]) rows.getArray(3).getArray()),
                            rows.getBoolean(4)));
                }
            }
            return columns;
        }
    }
}
