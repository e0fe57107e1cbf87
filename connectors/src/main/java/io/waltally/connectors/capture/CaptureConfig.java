package io.waltally.connectors.capture;

import io.waltally.schemas.Source;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What is captured, from where, and how changes are grouped on their way.
 *
 * @param tables of schema {@code public}
 * @param followPublication whether the publication's other tables of that schema are captured as well
 * @param grouping the longest that a complete transaction waits for others before its Kafka transaction is committed
 * @param groupingRecords a Kafka transaction of that many records is committed at the next end of a transaction
 * @param snapshotChunkRows at most that many rows of a table are read between two transactions of the stream
 * @param idleMessageInterval how often a marker is written to the WAL of a database that is otherwise idle
 * @param retainedWalWarning bytes of retained WAL that are worth a warning where the server sets no limit
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
        Duration idleMessageInterval,
        long retainedWalWarning,
        OnPoison onPoison) {
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
        require(idleMessageInterval.toMillis() > 0, "idle-message-interval", idleMessageInterval, "must be positive");
    }

    /** With the names and sizes that suit most deployments. */
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
                OnPoison.STOP);
    }

    /** The same with other tables. */
    public CaptureConfig withTables(List<String> captured) {
        return with(database, slot, captured, grouping, groupingRecords, snapshotChunkRows, onPoison);
    }

    /** The same through another slot. */
    public CaptureConfig withSlot(String other) {
        return with(database, other, tables, grouping, groupingRecords, snapshotChunkRows, onPoison);
    }

    /** The same with Kafka transactions of another length and size. */
    public CaptureConfig withGrouping(Duration longest, int records) {
        return with(database, slot, tables, longest, records, snapshotChunkRows, onPoison);
    }

    /** The same with larger or smaller chunks. */
    public CaptureConfig withSnapshotChunkRows(int rows) {
        return with(database, slot, tables, grouping, groupingRecords, rows, onPoison);
    }

    /** The same of another database. */
    public CaptureConfig withDatabase(DatabaseLogin other) {
        return with(other, slot, tables, grouping, groupingRecords, snapshotChunkRows, onPoison);
    }

    /** The same with another answer to poison. */
    public CaptureConfig withOnPoison(OnPoison other) {
        return with(database, slot, tables, grouping, groupingRecords, snapshotChunkRows, other);
    }

    private CaptureConfig with(
            DatabaseLogin itsDatabase,
            String itsSlot,
            List<String> itsTables,
            Duration itsGrouping,
            int itsGroupingRecords,
            int itsChunkRows,
            OnPoison itsOnPoison) {
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
                idleMessageInterval,
                retainedWalWarning,
                itsOnPoison);
    }

    private static void require(boolean holds, String key, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(key + " is " + value + ": " + rule);
        }
    }
}
