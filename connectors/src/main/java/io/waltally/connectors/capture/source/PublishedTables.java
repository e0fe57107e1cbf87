package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The tables of schema {@code public} that are published with all rows, columns and operations.
 *
 * @param identities by table name. An identity changes if the stream may lack changes of the table's rows: the table was
 *     created anew, or had another name, schema or replica identity for a time; it, its schema or the publication was
 *     altered; partitions came, went, or were truncated; the table is not published by name, and was rewritten
 */
public record PublishedTables(Map<String, String> identities) {
    private static final Pattern PART_OF_TOPIC_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,200}");

    public PublishedTables {
        identities = new LinkedHashMap<>(identities);
    }

    public static PublishedTables read(Connection connection, String publication) throws SQLException {
        String schemaEntry = connection.getMetaData().getDatabaseMajorVersion() < 15
                ? "0"
                : "(SELECT n.oid FROM pg_publication_namespace n WHERE n.pnpubid = p.oid AND n.pnnspid = c.relnamespace)";
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT c.relname, concat_ws('/',
                    c.oid,
                    coalesce(r.oid, 0),
                    coalesce((SELECT md5(string_agg(relid::oid || ':' || pg_relation_filenode(relid), ',' ORDER BY relid::oid))
                              FROM pg_partition_tree(c.oid) WHERE isleaf AND c.relkind = 'p'), ''),
                    coalesce((SELECT md5(string_agg(i.inhrelid || ':' || i.xmin, ',' ORDER BY i.inhrelid))
                              FROM pg_partition_tree(c.oid) JOIN pg_inherits i ON i.inhrelid = relid
                              WHERE c.relkind = 'p'), ''),
                    p.xmin,
                    coalesce(%s, 0),
                    -- Its row type is renamed and moved with a table, but not altered with its columns.
                    (SELECT y.xmin FROM pg_type y WHERE y.oid = c.reltype),
                    -- The indexes that may be replica identities. An index's row changes when it becomes one, and when it
                    -- is one no longer.
                    (SELECT md5(string_agg(concat_ws(':', m.oid, m.relreplident = 'i', i.indexrelid, i.xmin), ','
                                           ORDER BY m.oid, i.indexrelid))
                     FROM (SELECT c.oid AS relid UNION SELECT relid FROM pg_partition_tree(c.oid)) t
                     JOIN pg_class m ON m.oid = t.relid
                     LEFT JOIN pg_index i ON i.indrelid = m.oid AND i.indisunique AND i.indimmediate AND i.indisvalid
                                         AND NOT i.indisprimary AND i.indpred IS NULL AND i.indexprs IS NULL),
                    -- A table that is listed by name cannot be made UNLOGGED; any other gets another file by it.
                    CASE WHEN r.oid IS NULL THEN coalesce(pg_relation_filenode(c.oid), 0) ELSE 0 END)
                FROM pg_publication p
                JOIN pg_publication_tables t ON t.pubname = p.pubname AND t.schemaname = 'public'
                JOIN pg_class c ON c.relname = t.tablename AND c.relnamespace = 'public'::regnamespace
                LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
                WHERE p.pubname = ? AND pubinsert AND pubupdate AND pubdelete AND pubtruncate
                  AND to_jsonb(r) ->> 'prqual' IS NULL AND to_jsonb(r) ->> 'prattrs' IS NULL
                ORDER BY c.relname""".formatted(schemaEntry))) {
            statement.setString(1, publication);
            Map<String, String> tables = new LinkedHashMap<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    tables.put(rows.getString(1), rows.getString(2));
                }
            }
            return new PublishedTables(tables);
        }
    }

    public Set<String> names() {
        return identities.keySet();
    }

    /**
     * Whether nothing is known to have happened between two identities of a table. Identities of earlier versions have
     * fewer parts, which alone are compared.
     */
    public static boolean isSame(String before, String now) {
        String[] first = before.split("/", -1);
        String[] second = now.split("/", -1);
        int parts = Math.min(first.length, second.length);
        return Arrays.equals(first, 0, parts, second, 0, parts);
    }

    /** The tables whose names are not valid in topic names. */
    public Set<String> withoutTopic() {
        Set<String> names = new TreeSet<>(names());
        names.removeIf(name -> PART_OF_TOPIC_NAME.matcher(name).matches());
        return names;
    }

    /**
     * The configured tables that do not exist because the application is too old. They are captured once they exist and
     * are published.
     */
    public List<String> missing(Source source, List<String> configured) {
        return source.laterTables().stream()
                .filter(table -> configured.contains(table) && !identities.containsKey(table))
                .toList();
    }

    /** The tables that are captured: the configured ones without the missing, and others if they are followed. */
    public List<String> captured(CaptureConfig config) {
        List<String> tables = new ArrayList<>(config.tables());
        tables.removeAll(missing(config.source(), tables));
        if (config.followPublication()) {
            Set<String> others = new LinkedHashSet<>(names());
            tables.forEach(others::remove);
            others.removeAll(withoutTopic());
            tables.addAll(others);
        }
        return tables;
    }
}
