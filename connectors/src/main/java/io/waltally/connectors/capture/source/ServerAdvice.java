package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.source.Prerequisites.Problem;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reports server settings that let capture start but may stop it, or harm the server, later. */
final class ServerAdvice {
    private static final long MOST_CLOCK_DIFFERENCE_MILLIS = 2_000;
    private static final Duration PASSWORD_WARNING = Duration.ofDays(14);

    /** Lead, stream, slot monitor, row reader and heartbeats, and one to spare. */
    private static final int CONNECTIONS = 6;

    private static final int SHORTEST_SENDER_TIMEOUT_MILLIS = 5_000;

    /** Settings of later versions of PostgreSQL are null on earlier ones. */
    private static final String QUERY = """
            SELECT pg_size_bytes(current_setting('max_slot_wal_keep_size')) < 0 AS unlimited_wal,
                   (SELECT setting::bigint FROM pg_settings WHERE name = 'idle_replication_slot_timeout') AS idle_timeout,
                   (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_sender_timeout') AS sender_timeout,
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

    private final CaptureConfig config;
    private final List<Problem> advice = new ArrayList<>();

    private ServerAdvice(CaptureConfig config) {
        this.config = config;
    }

    static List<Problem> of(CaptureConfig config, Connection connection) throws SQLException {
        ServerAdvice advice = new ServerAdvice(config);
        try (PreparedStatement query = connection.prepareStatement(QUERY)) {
            query.setString(1, config.slot());
            Instant before = Instant.now();
            try (ResultSet row = query.executeQuery()) {
                Instant after = Instant.now();
                row.next();
                advice.checkRetention(row);
                advice.checkSenders(row);
                advice.checkFailover(row);
                advice.checkLimits(row);
                advice.checkClock(row.getTimestamp("now").toInstant(), before, after);
            }
        }
        return advice.advice;
    }

    private void checkRetention(ResultSet row) throws SQLException {
        if (row.getBoolean("unlimited_wal")) {
            add(
                    "max_slot_wal_keep_size is unlimited: while a source stands still, its slot retains WAL until the disk is full",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB', or what the disk can spare, and SELECT pg_reload_conf()");
        }
        if (row.getLong("idle_timeout") > 0) {
            add(
                    "idle_replication_slot_timeout invalidates the slot when capture is down for that long",
                    "ALTER SYSTEM SET idle_replication_slot_timeout = 0, and SELECT pg_reload_conf()");
        }
    }

    private void checkSenders(ResultSet row) throws SQLException {
        if (row.getInt("free_senders") < 1 && !row.getBoolean("slot_active")) {
            add(
                    "all WAL senders are in use, so capture has to wait for one",
                    "ALTER SYSTEM SET max_wal_senders to a larger number, and restart the server");
        }
        long timeout = row.getLong("sender_timeout");
        if (timeout > 0 && timeout < SHORTEST_SENDER_TIMEOUT_MILLIS) {
            add(
                    "wal_sender_timeout is " + timeout + " ms: short pauses end the stream",
                    "ALTER ROLE " + row.getString("role") + " SET wal_sender_timeout = '60s'");
        }
    }

    private void checkFailover(ResultSet row) throws SQLException {
        String standbys = row.getString("standby_slots");
        if (!row.getBoolean("knows_failover") || standbys == null) {
            return;
        }
        if (row.getBoolean("slot_exists") && !row.getBoolean("failover")) {
            add(
                    "slot " + config.slot() + " was made without failover, so it is lost with this server",
                    "while capture is stopped, ALTER_REPLICATION_SLOT " + config.slot()
                            + " (FAILOVER) in a replication connection");
        }
        String synchronizedSlots = row.getString("synchronized_slots");
        if (synchronizedSlots == null || synchronizedSlots.isBlank()) {
            add(
                    "synchronized_standby_slots is empty, so capture may get ahead of the standbys",
                    "ALTER SYSTEM SET synchronized_standby_slots = '" + standbys
                            + "', for the slots of standbys, and SELECT pg_reload_conf()");
        }
    }

    private void checkLimits(ResultSet row) throws SQLException {
        String role = row.getString("role");
        if (isFew(row.getInt("rolconnlimit"))) {
            add(
                    "role " + role + " may have " + row.getInt("rolconnlimit") + " connections; capture needs up to "
                            + CONNECTIONS,
                    "ALTER ROLE " + role + " CONNECTION LIMIT -1");
        }
        if (isFew(row.getInt("datconnlimit"))) {
            add(
                    "the database takes " + row.getInt("datconnlimit") + " connections; capture needs up to "
                            + CONNECTIONS,
                    "ALTER DATABASE " + row.getString("database") + " CONNECTION LIMIT -1");
        }
        var validUntil = row.getTimestamp("rolvaliduntil");
        if (validUntil != null && validUntil.toInstant().isBefore(Instant.now().plus(PASSWORD_WARNING))) {
            add(
                    "the password of role " + role + " is valid until " + validUntil.toInstant(),
                    "ALTER ROLE " + role + " VALID UNTIL 'infinity'");
        }
    }

    private static boolean isFew(int limit) {
        return limit >= 0 && limit < CONNECTIONS;
    }

    private void checkClock(Instant server, Instant before, Instant after) {
        long behind = Duration.between(server, before).toMillis();
        long ahead = Duration.between(after, server).toMillis();
        long difference = Math.max(behind, ahead);
        if (difference > MOST_CLOCK_DIFFERENCE_MILLIS) {
            add(
                    "the clock of the server is " + difference + " ms " + (ahead > behind ? "ahead of" : "behind")
                            + " that of this machine: expiries and latencies are wrong by as much",
                    "synchronize both by NTP");
        }
    }

    private void add(String what, String remedy) {
        advice.add(new Problem(what, remedy));
    }
}
