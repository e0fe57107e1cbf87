package io.waltally.connectors.capture.retention;

import io.waltally.schemas.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The WAL of a server, and the part of it that is retained for a slot.
 *
 * @param position end of the WAL
 * @param keepLimit {@code max_slot_wal_keep_size} in bytes; empty if the server sets no limit
 * @param slot empty if it does not exist
 */
public record ServerWal(Lsn position, Optional<Long> keepLimit, Optional<Slot> slot) {
    /** Read as JSON, because PostgreSQL 14 lacks some of the columns. */
    private static final String QUERY = """
            SELECT pg_current_wal_lsn()::text AS position,
                   nullif(pg_size_bytes(current_setting('max_slot_wal_keep_size')), -1) AS keep_limit,
                   s.slot_name, s.active, s.restart_lsn::text, s.confirmed_flush_lsn::text, s.wal_status,
                   pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn)::bigint AS retained_bytes,
                   s.safe_wal_size,
                   (to_jsonb(s) ->> 'failover')::boolean AS failover,
                   to_jsonb(s) ->> 'invalidation_reason' AS invalidation_reason
            FROM (SELECT) AS always LEFT JOIN pg_replication_slots s ON s.slot_name = ?
            """;

    /**
     * A replication slot. Values that the server does not report are empty.
     *
     * @param walStatus {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}
     * @param retainedBytes WAL retained for it
     * @param safeWalSize bytes that can be written before the slot may be lost
     * @param failover whether standbys keep a copy; PostgreSQL 17 and later
     * @param invalidationReason PostgreSQL 17 and later
     */
    public record Slot(
            String name,
            boolean active,
            Optional<Lsn> restartLsn,
            Optional<Lsn> confirmedFlushLsn,
            Optional<String> walStatus,
            Optional<Long> retainedBytes,
            Optional<Long> safeWalSize,
            Optional<Boolean> failover,
            Optional<String> invalidationReason) {
        /** Whether the server has removed WAL that the slot still needed. */
        boolean lost() {
            return walStatus.filter("lost"::equals).isPresent();
        }
    }

    /** Queries the server. Any role may do so. */
    public static ServerWal read(Connection connection, String slot) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(QUERY)) {
            query.setString(1, slot);
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return new ServerWal(
                        Lsn.parse(row.getString("position")),
                        number(row, "keep_limit"),
                        row.getString("slot_name") == null ? Optional.empty() : Optional.of(slot(row)));
            }
        }
    }

    private static Slot slot(ResultSet row) throws SQLException {
        return new Slot(
                row.getString("slot_name"),
                row.getBoolean("active"),
                text(row, "restart_lsn").map(Lsn::parse),
                text(row, "confirmed_flush_lsn").map(Lsn::parse),
                text(row, "wal_status"),
                number(row, "retained_bytes"),
                number(row, "safe_wal_size"),
                Optional.ofNullable(row.getObject("failover", Boolean.class)),
                text(row, "invalidation_reason"));
    }

    private static Optional<String> text(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column));
    }

    private static Optional<Long> number(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, Long.class));
    }
}
