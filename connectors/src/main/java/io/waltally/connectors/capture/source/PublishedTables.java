package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
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
 * @param identities by table name: the identity of the table, of its partitions, and of its entry in the publication.
 *     It changes if the table was created anew, or if partitions were added, removed or truncated, none of which the
 *     stream shows
 */
public record PublishedTables(Map<String, String> identities) {
    private static final Pattern PART_OF_TOPIC_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,200}");

    public PublishedTables {
        identities = new LinkedHashMap<>(identities);
    }

    public static PublishedTables read(Connection connection, String publication) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT c.relname, c.oid::text || '/' || coalesce(r.oid, 0)::text
                       || CASE WHEN c.relkind = 'p' THEN '/' || coalesce(
                              (SELECT md5(string_agg(relid::oid || ':' || pg_relation_filenode(relid), ',' ORDER BY relid::oid))
                               FROM pg_partition_tree(c.oid) WHERE isleaf), '') ELSE '' END
                FROM pg_publication p
                JOIN pg_publication_tables t ON t.pubname = p.pubname AND t.schemaname = 'public'
                JOIN pg_class c ON c.relname = t.tablename AND c.relnamespace = 'public'::regnamespace
                LEFT JOIN pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
                WHERE p.pubname = ? AND pubinsert AND pubupdate AND pubdelete AND pubtruncate
                  AND to_jsonb(r) ->> 'prqual' IS NULL AND to_jsonb(r) ->> 'prattrs' IS NULL
                ORDER BY c.relname""")) {
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
