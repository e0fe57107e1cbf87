package io.waltally.migrations;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The two metadata stores whose schema waltally knows. */
@SuppressWarnings("ImmutableEnumChecker") // its lists are those of List.of
public enum Store {
    /** The metadata of s3-orchestrator, schema 11. */
    S3(
            List.of(
                    "object_locations",
                    "backend_usage",
                    "backend_quotas",
                    "cleanup_queue",
                    "cleanup_dlq",
                    "multipart_uploads",
                    "multipart_parts",
                    "pending_objects"),
            List.of("notification_outbox"),
            "goose_db_version"),

    /** Firefox Sync's storage on PostgreSQL. */
    SYNC(
            List.of("bsos", "user_collections", "collections"),
            List.of("batches", "batch_bsos"),
            "__diesel_schema_migrations");

    private final List<String> capturedTables;
    private final List<String> otherTables;
    private final String applicationHistory;

    Store(List<String> capturedTables, List<String> otherTables, String applicationHistory) {
        this.capturedTables = capturedTables;
        this.otherTables = otherTables;
        this.applicationHistory = applicationHistory;
    }

    /** The name of the source in topics, configuration and messages. */
    public String sourceName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The tables of schema {@code public} that are captured unless configured otherwise. */
    public List<String> capturedTables() {
        return capturedTables;
    }

    /** All tables that the application's migrations make in schema {@code public}. */
    public List<String> tables() {
        return Stream.concat(capturedTables.stream(), otherTables.stream()).toList();
    }

    /** The name of the publication unless configured otherwise. */
    public String defaultPublication() {
        return "waltally_" + sourceName();
    }

    /** Any of these in schema {@code public} means that the application's schema is there, or begun. */
    List<String> traces() {
        return Stream.concat(tables().stream(), Stream.of(applicationHistory)).toList();
    }

    String location() {
        return "classpath:db/" + sourceName();
    }

    /** Named after the store, so that both may live in one database. */
    String historyTable() {
        return sourceName() + "_schema_history";
    }
}
