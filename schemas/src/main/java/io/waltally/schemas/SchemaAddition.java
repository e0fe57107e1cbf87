package io.waltally.schemas;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A captured table or column that early versions of the application do not have, and what depends on it. */
public enum SchemaAddition {
    /** Since schema 4 of s3-orchestrator. */
    CLEANUP_SIZE(Source.S3, "cleanup_queue", "size_bytes", "orphan_bytes does not count queued cleanups"),
    /** Since schema 5. */
    CONTENT_HASH(
            Source.S3,
            "object_locations",
            "content_hash",
            "an overwrite of the same size that another backend stores counts as a move, which has no notification"),
    /** Since schema 8. */
    PENDING_OBJECTS(
            Source.S3,
            "pending_objects",
            "",
            "an overwrite with the same content that another backend stores counts as a move, which has no notification"),
    /** Since schema 9. */
    CLEANUP_DLQ(Source.S3, "cleanup_dlq", "", "there are no notifications of type cleanup.exhausted");

    private final Source source;
    private final String table;
    private final String column;
    private final String consequence;

    SchemaAddition(Source source, String table, String column, String consequence) {
        this.source = source;
        this.table = table;
        this.column = column;
        this.consequence = consequence;
    }

    /** The additions to the application's schema, oldest first. */
    public static List<SchemaAddition> of(Source source) {
        return Arrays.stream(values())
                .filter(addition -> addition.source == source)
                .toList();
    }

    public String table() {
        return table;
    }

    /** The column that was added to the table; empty if the table was added. */
    public Optional<String> column() {
        return Optional.of(column).filter(name -> !name.isEmpty());
    }

    /** The effect of its absence, as a clause. */
    public String consequence() {
        return consequence;
    }

    /** The table, or {@code table.column}. */
    @Override
    public String toString() {
        return column().map(name -> table + "." + name).orElse(table);
    }
}
