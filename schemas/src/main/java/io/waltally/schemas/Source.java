package io.waltally.schemas;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A logical source: the metadata store of one of the two applications. */
public enum Source {
    S3(
            "s3",
            List.of(
                    "backend_quotas",
                    "object_locations",
                    "backend_usage",
                    "cleanup_queue",
                    "cleanup_dlq",
                    "multipart_uploads",
                    "multipart_parts",
                    "pending_objects")),
    SYNC("sync", List.of("collections", "user_collections", "bsos"));

    private final String id;

    @SuppressWarnings("ImmutableEnumChecker") // every value is made by List.of
    private final List<String> defaultTables;

    Source(String id, List<String> defaultTables) {
        this.id = id;
        this.defaultTables = defaultTables;
    }

    /** The name in topics, headers, configuration and on the command line. */
    public String id() {
        return id;
    }

    /** The tables of schema {@code public} that are captured by default. */
    public List<String> defaultTables() {
        return defaultTables;
    }

    /** The default tables of later versions of the application: they are captured once they are published. */
    public List<String> laterTables() {
        return SchemaAddition.of(this).stream()
                .filter(addition -> addition.column().isEmpty())
                .map(SchemaAddition::table)
                .toList();
    }

    /** @throws IllegalArgumentException naming the known sources, if the id is unknown */
    public static Source of(String id) {
        return Arrays.stream(values())
                .filter(source -> source.id.equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no source \"" + id + "\" (there are "
                        + Arrays.stream(values()).map(Source::id).collect(Collectors.joining(", ")) + ")"));
    }

    /** Name of the topic with the changes of a table of schema {@code public}. */
    public String topicOf(String table) {
        return id + ".public." + table;
    }

    @Override
    public String toString() {
        return id;
    }
}
