package io.waltally.connectors.capture.config;

import io.waltally.schemas.Source;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The configuration of one capture.
 *
 * @param tables of schema {@code public}
 * @param followPublication whether all other tables of that schema in the publication are captured as well
 * @param grouping longest time that a complete transaction waits for others before its Kafka transaction commits
 * @param groupingRecords number of records after which a Kafka transaction commits at the next end of a transaction
 * @param snapshotChunkRows largest number of rows that are read between two transactions of the stream
 * @param heartbeatInterval interval at which a message is written to the WAL of an idle database
 * @param retainedWalWarning retained WAL in bytes that triggers a warning if the server sets no limit
 * @param giveUpAfter how long a refused login is tried again; zero: not at all
 */
public record CaptureConfig(
        Source source,
        DatabaseLogin database,
        String slot,
        String publication,
        List<String> tables,
        boolean followPublication,
        Duration grouping,
        int groupingRecords,
        int snapshotChunkRows,
        Duration heartbeatInterval,
        long retainedWalWarning,
        UnprocessableChangePolicy onUnprocessableChange,
        Duration giveUpAfter) {
    private static final Pattern SLOT_NAME = Pattern.compile("[a-z0-9_]{1,63}");

    public CaptureConfig {
        require(
                SLOT_NAME.matcher(slot).matches(),
                "slot",
                slot,
                "must be 1 to 63 lower-case letters, digits and underscores");
        require(!publication.isBlank(), "publication", publication, "must not be blank");
        tables = List.copyOf(tables);
        require(!tables.isEmpty(), "tables", tables, "must name at least one table");
        require(!grouping.isNegative(), "grouping", grouping, "must not be negative");
        require(groupingRecords > 0, "grouping-records", groupingRecords, "must be positive");
        require(snapshotChunkRows > 0, "snapshot-chunk-rows", snapshotChunkRows, "must be positive");
        require(retainedWalWarning > 0, "retained-wal-warning", retainedWalWarning, "must be positive");
        require(heartbeatInterval.toMillis() > 0, "heartbeat-interval", heartbeatInterval, "must be positive");
        require(!giveUpAfter.isNegative(), "give-up-after", giveUpAfter, "must not be negative");
    }

    /** The default configuration of a source. */
    public static CaptureConfig of(Source source, DatabaseLogin database) {
        return new CaptureConfig(
                source,
                database,
                "waltally_" + source.id(),
                "waltally_" + source.id(),
                source.defaultTables(),
                true,
                Duration.ofMillis(20),
                20_000,
                10_000,
                Duration.ofSeconds(1),
                10L << 30,
                UnprocessableChangePolicy.STOP,
                Duration.ofMinutes(10));
    }

    /** The same with other tables. */
    public CaptureConfig withTables(List<String> captured) {
        return with(database, slot, captured, grouping, groupingRecords, snapshotChunkRows, onUnprocessableChange);
    }

    /** The same with another slot. */
    public CaptureConfig withSlot(String other) {
        return with(database, other, tables, grouping, groupingRecords, snapshotChunkRows, onUnprocessableChange);
    }

    /** The same with Kafka transactions of another duration and size. */
    public CaptureConfig withGrouping(Duration longest, int records) {
        return with(database, slot, tables, longest, records, snapshotChunkRows, onUnprocessableChange);
    }

    /** The same with another chunk size. */
    public CaptureConfig withSnapshotChunkRows(int rows) {
        return with(database, slot, tables, grouping, groupingRecords, rows, onUnprocessableChange);
    }

    /** The same with another database. */
    public CaptureConfig withDatabase(DatabaseLogin other) {
        return with(other, slot, tables, grouping, groupingRecords, snapshotChunkRows, onUnprocessableChange);
    }

    /** The same with another policy for unprocessable changes. */
    public CaptureConfig withOnUnprocessableChange(UnprocessableChangePolicy other) {
        return with(database, slot, tables, grouping, groupingRecords, snapshotChunkRows, other);
    }

    private CaptureConfig with(
            DatabaseLogin itsDatabase,
            String itsSlot,
            List<String> itsTables,
            Duration itsGrouping,
            int itsGroupingRecords,
            int itsChunkRows,
            UnprocessableChangePolicy itsOnUnprocessableChange) {
        return new CaptureConfig(
                source,
                itsDatabase,
                itsSlot,
                publication,
                itsTables,
                followPublication,
                itsGrouping,
                itsGroupingRecords,
                itsChunkRows,
                heartbeatInterval,
                retainedWalWarning,
                itsOnUnprocessableChange,
                giveUpAfter);
    }

    private static void require(boolean holds, String key, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(key + " is " + value + ": " + rule);
        }
    }
}
