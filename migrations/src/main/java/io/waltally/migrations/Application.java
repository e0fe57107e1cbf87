package io.waltally.migrations;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The two applications whose schemas waltally knows. */
@SuppressWarnings("ImmutableEnumChecker") // its lists are made by List.of
public enum Application {
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
            ApplicationHistory.GOOSE),

    /** Firefox Sync's storage on PostgreSQL. */
    SYNC(
            List.of("bsos", "user_collections", "collections"),
            List.of("batches", "batch_bsos"),
            ApplicationHistory.DIESEL);

    private final List<String> capturedTables;
    private final List<String> otherTables;
    private final ApplicationHistory applicationHistory;

    Application(List<String> capturedTables, List<String> otherTables, ApplicationHistory applicationHistory) {
        this.capturedTables = capturedTables;
        this.otherTables = otherTables;
        this.applicationHistory = applicationHistory;
    }

    /** The name of the source in topics, configuration and messages. */
    public String sourceName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The tables of schema {@code public} that are captured by default. */
    public List<String> capturedTables() {
        return capturedTables;
    }

    /** The captured tables of later versions of the application: they are captured once they exist. */
    public List<String> laterTables() {
        return switch (this) {
            case S3 -> List.of("cleanup_dlq", "pending_objects");
            case SYNC -> List.of();
        };
    }

    /** All tables that the application's migrations create in schema {@code public}. */
    public List<String> tables() {
        return Stream.concat(capturedTables.stream(), otherTables.stream()).toList();
    }

    /** The default name of the publication. */
    public String defaultPublication() {
        return "waltally_" + sourceName();
    }

    /** Any of these tables in schema {@code public} means that the application's schema exists, or was begun. */
    List<String> traces() {
        return Stream.concat(tables().stream(), Stream.of(applicationHistory.table()))
                .toList();
    }

    ApplicationHistory applicationHistory() {
        return applicationHistory;
    }

    /**
     * The application's migrations that correspond to these of waltally.
     *
     * @param versions of the scripts in {@link #location}
     */
    List<String> applicationVersions(List<String> versions) {
        return switch (this) {
            case S3 -> versions;
            case SYNC -> versions.containsAll(List.of("1", "2")) ? List.of("20251020155711") : List.of();
        };
    }

    String location() {
        return "classpath:db/" + sourceName();
    }

    /** Named after the application, so that both can be in one database. */
    String historyTable() {
        return sourceName() + "_schema_history";
    }

    /** Migrations of the tables that sinks write beside the application's. */
    String sinksLocation() {
        return "classpath:db/sinks/" + sourceName();
    }

    String sinksHistoryTable() {
        return sourceName() + "_sinks_schema_history";
    }
}
