package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The settings of the server, the database and the capturing role that {@link ServerAdvice} depends on.
 *
 * @param idleSlotTimeout zero if there is none
 * @param senderTimeout zero if there is none
 * @param freeSenders WAL senders that are not in use
 * @param passwordValidUntil empty if it does not expire
 * @param clock how far the server's clock is ahead of this machine's, beyond the time that the question took
 * @param role quoted as in statements
 * @param database quoted as in statements
 */
record ServerSettings(
        Slot slot,
        boolean limitsRetainedWal,
        Duration idleSlotTimeout,
        Duration senderTimeout,
        int mostSenders,
        int freeSenders,
        Failover failover,
        int roleConnectionLimit,
        int databaseConnectionLimit,
        Optional<Instant> passwordValidUntil,
        Duration clock,
        String role,
        String database) {
    /** Settings of later versions of PostgreSQL are null on earlier ones. */
    private static final String QUERY = """
            SELECT pg_size_bytes(current_setting('max_slot_wal_keep_size')) >= 0 AS limits_wal,
                   extract(epoch FROM current_setting('idle_replication_slot_timeout', true)::interval) AS idle_timeout,
                   (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_sender_timeout') AS sender_timeout,
                   current_setting('max_wal_senders')::int AS most_senders,
                   current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_replication) AS free_senders,
                   current_setting('server_version_num')::int >= 170000 AS knows_failover,
                   (SELECT string_agg(slot_name, ',' ORDER BY slot_name) FROM pg_replication_slots
                    WHERE slot_type = 'physical') AS standby_slots,
                   current_setting('synchronized_standby_slots', true) AS synchronized_slots,
                   s.slot_name IS NOT NULL AS slot_exists,
                   coalesce(s.active, false) AS slot_active,
                   (to_jsonb(s) ->> 'failover')::boolean AS failover,
                   r.rolconnlimit,
                   r.rolvaliduntil,
                   d.datconnlimit,
                   quote_ident(current_user) AS role,
                   quote_ident(d.datname) AS database,
                   clock_timestamp() AS now
            FROM pg_database d
            JOIN pg_roles r ON r.rolname = current_user
            LEFT JOIN pg_replication_slots s ON s.slot_name = ?
            WHERE d.datname = current_database()
            """;

    /** The slot of the source. */
    record Slot(String name, boolean exists, boolean active, boolean failover) {}

    /**
     * Settings for failover, which PostgreSQL has from version 17 on.
     *
     * @param known whether the server has them
     * @param standbySlots names of the physical slots, separated by commas; empty if there is none
     * @param waitsForStandbys whether slots wait for any of them
     */
    record Failover(boolean known, String standbySlots, boolean waitsForStandbys) {
        /** Whether a standby may take over that has slots of its own. */
        boolean expected() {
            return known && !standbySlots.isEmpty();
        }
    }

    /** @param here the clock of this machine */
    static ServerSettings read(CaptureConfig config, Connection connection, Clock here) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(QUERY)) {
            query.setString(1, config.slot());
            Instant before = here.instant();
            try (ResultSet row = query.executeQuery()) {
                Instant after = here.instant();
                row.next();
                return of(row, config.slot(), ahead(row.getTimestamp("now").toInstant(), before, after));
            }
        }
    }

    private static ServerSettings of(ResultSet row, String slot, Duration ahead) throws SQLException {
        return new ServerSettings(
                new Slot(
                        slot, row.getBoolean("slot_exists"), row.getBoolean("slot_active"), row.getBoolean("failover")),
                row.getBoolean("limits_wal"),
                Duration.ofSeconds(row.getLong("idle_timeout")),
                Duration.ofMillis(row.getLong("sender_timeout")),
                row.getInt("most_senders"),
                row.getInt("free_senders"),
                new Failover(
                        row.getBoolean("knows_failover"),
                        Optional.ofNullable(row.getString("standby_slots")).orElse(""),
                        Optional.ofNullable(row.getString("synchronized_slots"))
                                .filter(slots -> !slots.isBlank())
                                .isPresent()),
                row.getInt("rolconnlimit"),
                row.getInt("datconnlimit"),
                Optional.ofNullable(row.getTimestamp("rolvaliduntil")).map(Timestamp::toInstant),
                ahead,
                row.getString("role"),
                row.getString("database"));
    }

    /** Negative if the server is behind. */
    private static Duration ahead(Instant server, Instant before, Instant after) {
        if (server.isBefore(before)) {
            return Duration.between(before, server);
        }
        return server.isAfter(after) ? Duration.between(after, server) : Duration.ZERO;
    }
}
