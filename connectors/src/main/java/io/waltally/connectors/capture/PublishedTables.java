package io.waltally.connectors.capture;

import io.waltally.schemas.Source;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The tables of schema {@code public} that a publication has whole, with every operation.
 *
 * @param identities by the name of a table: which table it is, with which partitions, and which entry of the publication.
 *     What was made anew under the old name, or whose partitions came, went or were emptied by themselves, differs from
 *     what the stream told
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

    Set<String> names() {
        return identities.keySet();
    }

    /** Those whose names no topic can have. */
    Set<String> withoutTopic() {
        Set<String> names = new TreeSet<>(names());
        names.removeIf(name -> PART_OF_TOPIC_NAME.matcher(name).matches());
        return names;
    }

    /**
     * Of the configured tables those that are not published because the application is older than them: they are captured
     * once it has made them, and they are published.
     */
    public List<String> missing(Source source, List<String> configured) {
        return source.laterTables().stream()
                .filter(table -> configured.contains(table) && !identities.containsKey(table))
                .toList();
    }
}
