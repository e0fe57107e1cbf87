package io.waltally.connectors.capture.source;

import io.waltally.connectors.capture.source.Prerequisites.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Settings of a server that let capture start, and may stop it, or harm the server, later. */
enum ServerAdvice {
    UNLIMITED_RETAINED_WAL {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    !server.limitsRetainedWal(),
                    "max_slot_wal_keep_size is unlimited: while a source stands still, its slot retains WAL until the disk is"
                            + " full. Set it to what the disk can spare",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; " + RELOAD);
        }
    },

    IDLE_SLOT_TIMEOUT {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    !server.idleSlotTimeout().isZero(),
                    "idle_replication_slot_timeout invalidates the slot when capture is down for "
                            + server.idleSlotTimeout().toSeconds() + " s",
                    "ALTER SYSTEM SET idle_replication_slot_timeout = 0; " + RELOAD);
        }
    },

    NO_FREE_SENDER {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    server.freeSenders() < 1 && !server.slot().active(),
                    "all " + server.mostSenders() + " WAL senders are in use, so capture has to wait for one",
                    "ALTER SYSTEM SET max_wal_senders = " + (server.mostSenders() + SOURCES)
                            + ", and restart the server");
        }
    },

    SHORT_SENDER_TIMEOUT {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    !server.senderTimeout().isZero() && server.senderTimeout().compareTo(MIN_SENDER_TIMEOUT) < 0,
                    "wal_sender_timeout is " + server.senderTimeout().toMillis() + " ms: short pauses end the stream",
                    "ALTER ROLE " + server.role() + " SET wal_sender_timeout = '60s'");
        }
    },

    SLOT_WITHOUT_FAILOVER {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    server.failover().expected()
                            && server.slot().exists()
                            && !server.slot().failover(),
                    "slot " + server.slot().name() + " was made without failover, so it is lost with this server",
                    "ALTER_REPLICATION_SLOT " + server.slot().name()
                            + " (FAILOVER) in a replication connection, while capture is stopped");
        }
    },

    UNSYNCHRONIZED_STANDBYS {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    server.failover().expected() && !server.failover().waitsForStandbys(),
                    "synchronized_standby_slots is empty, so capture may get ahead of the standbys. Set it to their slots, and"
                            + " leave out slots of other programs",
                    "ALTER SYSTEM SET synchronized_standby_slots = '"
                            + server.failover().standbySlots() + "'; " + RELOAD);
        }
    },

    FEW_CONNECTIONS_OF_ROLE {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    isFew(server.roleConnectionLimit()),
                    "role " + server.role() + " may have " + server.roleConnectionLimit()
                            + " connections; capture needs up to " + CONNECTIONS,
                    "ALTER ROLE " + server.role() + " CONNECTION LIMIT -1");
        }
    },

    FEW_CONNECTIONS_OF_DATABASE {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    isFew(server.databaseConnectionLimit()),
                    "the database takes " + server.databaseConnectionLimit() + " connections; capture needs up to "
                            + CONNECTIONS,
                    "ALTER DATABASE " + server.database() + " CONNECTION LIMIT -1");
        }
    },

    EXPIRING_PASSWORD {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return server.passwordValidUntil()
                    .filter(until -> until.isBefore(Instant.now().plus(PASSWORD_WARNING)))
                    .map(until -> new Problem(
                            "the password of role " + server.role() + " is valid until " + until,
                            "ALTER ROLE " + server.role() + " VALID UNTIL 'infinity'"));
        }
    },

    DIFFERENT_CLOCK {
        @Override
        Optional<Problem> check(ServerSettings server) {
            return problem(
                    server.clock().abs().compareTo(MAX_CLOCK_DIFFERENCE) > 0,
                    "the clock of the server is " + server.clock().abs().toMillis() + " ms "
                            + (server.clock().isNegative() ? "behind" : "ahead of")
                            + " that of this machine: expiries and latencies are wrong by as much",
                    "synchronize both by NTP");
        }
    };

    private static final String RELOAD = "SELECT pg_reload_conf()";
    private static final Duration MAX_CLOCK_DIFFERENCE = Duration.ofSeconds(2);
    private static final Duration PASSWORD_WARNING = Duration.ofDays(14);
    private static final Duration MIN_SENDER_TIMEOUT = Duration.ofSeconds(5);

    /** Lead, stream, slot monitor, row reader and heartbeats, and one to spare. */
    private static final int CONNECTIONS = 6;

    /** Each source streams through a WAL sender of its own, and both may be on one server. */
    private static final int SOURCES = 2;

    /** The problem that the setting is, with a remedy; empty if it is none. */
    abstract Optional<Problem> check(ServerSettings server);

    /** All problems. */
    static List<Problem> of(ServerSettings server) {
        return Arrays.stream(values())
                .flatMap(advice -> advice.check(server).stream())
                .toList();
    }

    private static Optional<Problem> problem(boolean exists, String what, String remedy) {
        return exists ? Optional.of(new Problem(what, remedy)) : Optional.empty();
    }

    private static boolean isFew(int limit) {
        return limit >= 0 && limit < CONNECTIONS;
    }
}
