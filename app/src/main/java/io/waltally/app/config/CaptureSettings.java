package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.value.ByteSize;
import io.waltally.connectors.capture.config.UnprocessableChangePolicy;
import java.time.Duration;

/**
 * Settings of capture, section {@code capture}.
 *
 * @param grouping longest time that a complete transaction waits for others before its Kafka transaction commits
 * @param groupingRecords number of records after which a Kafka transaction commits at the next end of a PostgreSQL
 *     transaction
 * @param snapshotChunkRows largest number of rows that are read between two transactions of the stream
 * @param heartbeatInterval interval at which a message is written to the WAL of an idle database
 * @param retainedWalWarning retained WAL that triggers a warning if the server sets no limit
 * @param transactionTimeout longest duration of one PostgreSQL transaction in the pipeline; at most the brokers' {@code
 *     transaction.max.timeout.ms}
 * @param onUnprocessableChange policy for changes that cannot become a record of their topic
 * @param giveUpAfter how long a login that a server refuses is tried again
 */
public record CaptureSettings(
        Duration grouping,
        int groupingRecords,
        int snapshotChunkRows,
        Duration heartbeatInterval,
        ByteSize retainedWalWarning,
        Duration transactionTimeout,
        UnprocessableChangePolicy onUnprocessableChange,
        Duration giveUpAfter) {
    static final CaptureSettings DEFAULTS = new CaptureSettings(
            Duration.ofMillis(20),
            20_000,
            10_000,
            Duration.ofSeconds(1),
            new ByteSize(10L << 30),
            Duration.ofMinutes(15),
            UnprocessableChangePolicy.STOP,
            Duration.ofMinutes(10));

    public CaptureSettings {
        if (groupingRecords < 1) {
            throw new ConfigException("capture.grouping-records", groupingRecords, "must be positive");
        }
        if (snapshotChunkRows < 1) {
            throw new ConfigException("capture.snapshot-chunk-rows", snapshotChunkRows, "must be positive");
        }
        requirePositive("capture.heartbeat-interval", heartbeatInterval);
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
                values.duration("capture.heartbeat-interval", DEFAULTS.heartbeatInterval),
                values.size("capture.retained-wal-warning", DEFAULTS.retainedWalWarning),
                values.duration("capture.transaction-timeout", DEFAULTS.transactionTimeout),
                values.oneOf("capture.on-unprocessable-change", DEFAULTS.onUnprocessableChange),
                values.duration("capture.give-up-after", DEFAULTS.giveUpAfter));
    }
}
