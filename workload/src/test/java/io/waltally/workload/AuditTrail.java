package io.waltally.workload;

import io.waltally.workload.session.DatabaseAddress;
import io.waltally.workload.session.RowChanges;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Records every row change with its transaction, by triggers on all tables: the database's own view. A rollback removes
 * the entries of its transaction. Independent of the workload's own record.
 */
public final class AuditTrail {
    /** A change of a row of object_locations, pending_objects or multipart_uploads. */
    private record Entry(String table, String op, String key, String backend, String content, String row) {}

    private final DatabaseAddress address;

    private AuditTrail(DatabaseAddress address) {
        this.address = address;
    }

    /** Begins the trail of all tables in schema public. */
    public static AuditTrail install(DatabaseAddress address) throws SQLException {
        TestServer.execute(
                address,
                "CREATE SCHEMA audit",
                "CREATE TABLE audit.entry (seq bigserial PRIMARY KEY, xid bigint NOT NULL, tbl text NOT NULL,"
                        + " op text NOT NULL, object_key text, backend text, content text, row_id text)",
                """
                CREATE FUNCTION audit.write() RETURNS trigger LANGUAGE plpgsql AS $$
                DECLARE r jsonb;
                BEGIN
                    IF TG_TABLE_NAME IN ('object_locations', 'pending_objects', 'multipart_uploads') THEN
                        r := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
                    END IF;
                    INSERT INTO audit.entry (xid, tbl, op, object_key, backend, content, row_id)
                    VALUES (pg_current_xact_id()::text::bigint, TG_TABLE_NAME, TG_OP, r ->> 'object_key',
                            r ->> 'backend_name', (r ->> 'size_bytes') || '/' || coalesce(r ->> 'content_hash', '-'),
                            coalesce(r ->> 'upload_id', r ->> 'intent_id'));
                    RETURN NULL;
                END $$
                """,
                """
                DO $$
                DECLARE t text;
                BEGIN
                    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
                             AND tablename NOT LIKE 'flyway%' LOOP
                        EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.%I'
                                       ' FOR EACH ROW EXECUTE FUNCTION audit.write()', t);
                    END LOOP;
                END $$
                """);
        return new AuditTrail(address);
    }

    public Map<String, RowChanges> changes() throws SQLException {
        Map<String, RowChanges> changes = new TreeMap<>();
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT tbl, count(*) FILTER (WHERE op = 'INSERT'), count(*)"
                        + " FILTER (WHERE op = 'UPDATE'), count(*) FILTER (WHERE op = 'DELETE') FROM audit.entry"
                        + " GROUP BY tbl")) {
            while (row.next()) {
                changes.put(row.getString(1), new RowChanges(row.getLong(2), row.getLong(3), row.getLong(4)));
            }
        }
        return changes;
    }

    Set<Long> transactions() throws SQLException {
        Set<Long> ids = new HashSet<>();
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT DISTINCT xid FROM audit.entry")) {
            while (row.next()) ids.add(row.getLong(1));
        }
        return ids;
    }

    /**
     * Derives the notifications about objects by replaying the transactions on empty tables, in the order of their last
     * entries. Transactions on the same key do not overlap, so for each key that is the commit order.
     */
    public Map<String, Long> replayObjectNotifications() throws SQLException {
        Map<String, Long> notifications = new TreeMap<>();
        Map<String, Map<String, String>> copiesByKey = new HashMap<>();
        Map<String, String> openUploads = new HashMap<>();
        for (List<Entry> transaction : transactionsInOrder()) {
            Map<String, Map<String, String>> before = new LinkedHashMap<>();
            Map<String, List<Entry>> byKey = new LinkedHashMap<>();
            for (Entry entry : transaction) {
                switch (entry.table()) {
                    case "multipart_uploads" -> {
                        if (entry.op().equals("INSERT")) openUploads.put(entry.row(), entry.key());
                        if (entry.op().equals("DELETE")) openUploads.remove(entry.row());
                    }
                    case "pending_objects" ->
                        byKey.computeIfAbsent(entry.key(), key -> new ArrayList<>())
                                .add(entry);
                    default -> {
                        Map<String, String> copies = copiesByKey.computeIfAbsent(entry.key(), key -> new HashMap<>());
                        before.putIfAbsent(entry.key(), new HashMap<>(copies));
                        byKey.computeIfAbsent(entry.key(), key -> new ArrayList<>())
                                .add(entry);
                        if (entry.op().equals("DELETE")) {
                            copies.remove(entry.backend());
                        } else {
                            copies.put(entry.backend(), entry.content());
                        }
                    }
                }
            }
            List<String> removed = before.keySet().stream()
                    .filter(key ->
                            !before.get(key).isEmpty() && copiesByKey.get(key).isEmpty())
                    .toList();
            for (String key : before.keySet()) {
                if (removed.contains(key)) {
                    String type = removed.size() > 1 ? "s3:ObjectRemoved:DeleteBatch" : "s3:ObjectRemoved:Delete";
                    notifications.merge(type, 1L, Long::sum);
                } else if (created(before.get(key), byKey.get(key), openUploads.containsValue(key))) {
                    String type = openUploads.containsValue(key)
                            ? "s3:ObjectCreated:CompleteMultipartUpload"
                            : "s3:ObjectCreated:Put";
                    notifications.merge(type, 1L, Long::sum);
                }
            }
        }
        return notifications;
    }

    private static boolean created(Map<String, String> before, List<Entry> entries, boolean uploadOpen) {
        List<String> inserted = contents(entries, "INSERT");
        List<String> deleted = contents(entries, "DELETE");
        if (inserted.isEmpty()) return false;
        if (!before.isEmpty() && deleted.isEmpty()) return false;
        boolean intentDeleted = entries.stream()
                .anyMatch(entry ->
                        entry.table().equals("pending_objects") && entry.op().equals("DELETE"));
        return intentDeleted || uploadOpen || !inserted.equals(deleted);
    }

    private static List<String> contents(List<Entry> entries, String op) {
        return entries.stream()
                .filter(entry ->
                        entry.table().equals("object_locations") && entry.op().equals(op))
                .map(Entry::content)
                .sorted()
                .toList();
    }

    private List<List<Entry>> transactionsInOrder() throws SQLException {
        record Numbered(long xid, Entry entry) {}
        List<Numbered> entries = new ArrayList<>();
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT xid, tbl, op, object_key, backend, content, row_id FROM"
                        + " audit.entry JOIN (SELECT xid, max(seq) AS ended FROM audit.entry GROUP BY xid) x"
                        + " USING (xid) WHERE object_key IS NOT NULL AND tbl IN ('object_locations',"
                        + " 'pending_objects', 'multipart_uploads') ORDER BY ended, seq")) {
            while (row.next()) {
                Entry entry = new Entry(
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6),
                        row.getString(7));
                entries.add(new Numbered(row.getLong(1), entry));
            }
        }
        return List.copyOf(entries.stream()
                .collect(Collectors.groupingBy(
                        Numbered::xid, LinkedHashMap::new, Collectors.mapping(Numbered::entry, Collectors.toList())))
                .values());
    }
}
