package io.waltally.app.config;

import io.waltally.connectors.capture.OnPoison;
import java.time.Duration;

/**
 * How capture groups transactions on their way into Kafka.
 *
 * @param grouping the longest that a complete transaction waits for others
 * @param groupingRecords a Kafka transaction of that many records ends at the next end of a PostgreSQL transaction
 * @param snapshotChunkRows at most that many rows of a table are read between two transactions of the stream
 * @param idleMessageInterval how often a marker is written to the WAL of an idle database
 * @param retainedWalWarning WAL retained for a slot that is worth a warning where the server sets no limit
 * @param transactionTimeout the longest that one PostgreSQL transaction may take on its way; at most the
 *     brokers' {@code transaction.max.timeout.ms}
 * @param onPoison what becomes of a change that cannot become a record of its topic
 */
public record CaptureSettings(
        Duration grouping,
        int groupingRecords,
        int snapshotChunkRows,
        Duration idleMessageInterval,
        ByteSize retainedWalWarning,
        Duration transactionTimeout,
        OnPoison onPoison) {
    static final CaptureSettings DEFAULTS = new CaptureSettings(
            Duration.ofMillis(20),
            20_000,
            10_000,
            Duration.ofSeconds(1),
            new ByteSize(10L << 30),
            Duration.ofMinutes(15),
            OnPoison.STOP);

    public CaptureSettings {
        if (groupingRecords < 1) {
            throw new ConfigException("capture.grouping-records", groupingRecords, "must be positive");
        }
        if (snapshotChunkRows < 1) {
            throw new ConfigException("capture.snapshot-chunk-rows", snapshotChunkRows, "must be positive");
        }
        requirePositive("capture.idle-message-interval", idleMessageInterval);
        if (retainedWalWarning.bytes() == 0) {
            throw new ConfigException("capture.retained-wal-warning", "0", "must be more than that");
        }
        requirePositive("capture.transaction-timeout", transactionTimeout);
    }

    private static void requirePositive(String key, Duration duration) {
        if (duration.isZero()) {
            throw new ConfigException(key, "0", "must be longer than that");
        }
    }

    static CaptureSettings from(ConfigValues values) {
        return new CaptureSettings(
                values.duration("capture.grouping", DEFAULTS.grouping),
                values.integer("capture.grouping-records", DEFAULTS.groupingRecords),
                values.integer("capture.snapshot-chunk-rows", DEFAULTS.snapshotChunkRows),
                values.duration("capture.idle-message-interval", DEFAULTS.idleMessageInterval),
                values.size("capture.retained-wal-warning", DEFAULTS.retainedWalWarning),
                values.duration("capture.transaction-timeout", DEFAULTS.transactionTimeout),
                values.parsed("capture.on-poison", CaptureSettings::onPoison).orElse(DEFAULTS.onPoison));
    }

    private static OnPoison onPoison(String text) {
        return switch (text) {
            case "stop" -> OnPoison.STOP;
            case "dead-letter" -> OnPoison.DEAD_LETTER;
            default -> throw new IllegalArgumentException("must be one of stop, dead-letter");
        };
    }
}
