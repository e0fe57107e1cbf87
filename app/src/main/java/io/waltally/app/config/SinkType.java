package io.waltally.app.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The types of sinks, and the settings that each has. */
enum SinkType {
    BACKEND_QUOTAS(true, "mode"),
    USER_COLLECTIONS(true, "mode"),
    NOTIFICATION_OUTBOX(true, "endpoints", "begin"),
    POSTGRES(true, "source", "tables", "schema", "transactions"),
    ICEBERG(false, "source", "tables", "warehouse");

    private final boolean database;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> own;

    SinkType(boolean database, String... own) {
        this.database = database;
        this.own = List.of(own);
    }

    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Names of its settings. */
    Set<String> settings() {
        Set<String> settings = new TreeSet<>(own);
        settings.addAll(List.of("name", "type", "on-refused"));
        if (database) {
            settings.addAll(List.of("url", "user", "password", "password-file", "statement-timeout", "lock-timeout"));
        }
        return settings;
    }

    static Set<String> settingsOfAll() {
        Set<String> all = new TreeSet<>();
        Arrays.stream(values()).forEach(type -> all.addAll(type.settings()));
        return all;
    }

    static List<String> ids() {
        return Arrays.stream(values()).map(SinkType::id).toList();
    }
}
