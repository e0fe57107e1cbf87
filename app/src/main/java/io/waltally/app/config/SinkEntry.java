package io.waltally.app.config;

import io.waltally.app.config.ConfiguredSink.BackendQuotas;
import io.waltally.app.config.ConfiguredSink.Lake;
import io.waltally.app.config.ConfiguredSink.Mode;
import io.waltally.app.config.ConfiguredSink.NotificationOutbox;
import io.waltally.app.config.ConfiguredSink.Replica;
import io.waltally.app.config.ConfiguredSink.TargetDatabase;
import io.waltally.app.config.ConfiguredSink.UserCollections;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.value.Secret;
import io.waltally.schemas.Source;
import io.waltally.schemas.event.EventFilter;
import io.waltally.sinks.engine.Sink.OnRefused;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads one entry of the section {@code sinks}. */
final class SinkEntry {
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,63}");
    private static final Pattern SCHEMA = Pattern.compile("[a-z_][a-z0-9_]{0,62}");
    private static final Set<String> SCHEMAS_OF_OTHERS = Set.of("waltally", "information_schema");
    private static final String CAPTURED_SCHEMA = "public";

    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(60);

    /** The engine's consumers bear a pause of five minutes. */
    private static final Duration MAX_STATEMENT_TIMEOUT = Duration.ofMinutes(3);

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    private final ConfigValues values;
    private final String key;
    private final Map<Source, SourceSettings> sources;

    SinkEntry(ConfigValues values, String key, Map<Source, SourceSettings> sources) {
        this.values = values;
        this.key = key;
        this.sources = sources;
    }

    ConfiguredSink read() {
        Optional<SinkType> given = oneOf("type", SinkType.values(), SinkType::id);
        if (given.isEmpty()) {
            rejectUnknownSettings();
            throw missing("type", "one of " + String.join(", ", SinkType.ids()));
        }
        SinkType type = given.get();
        requireSettingsOf(type);
        String name = required("name", type.id(), "one of its own, such as " + type.id());
        if (!NAME.matcher(name).matches()) {
            throw wrong("name", name, "must match " + NAME);
        }
        return switch (type) {
            case BACKEND_QUOTAS -> new BackendQuotas(name, mode(), database(Source.S3), onRefused());
            case USER_COLLECTIONS -> new UserCollections(name, mode(), database(Source.SYNC), onRefused());
            case NOTIFICATION_OUTBOX ->
                new NotificationOutbox(name, endpoints(), fromBeginning(), database(Source.S3), onRefused());
            case POSTGRES -> replica(name);
            case ICEBERG -> lake(name);
        };
    }

    private void rejectUnknownSettings() {
        Set<String> all = SinkType.settingsOfAll();
        for (String setting : values.names(key)) {
            if (!all.contains(setting)) {
                throw ConfigValues.unknown(key, setting, all);
            }
        }
    }

    private void requireSettingsOf(SinkType type) {
        Set<String> all = SinkType.settingsOfAll();
        for (String setting : values.names(key)) {
            if (type.settings().contains(setting)) {
                continue;
            }
            if (!all.contains(setting)) {
                throw ConfigValues.unknown(key, setting, type.settings());
            }
            throw ConfigException.stated(
                    key(setting),
                    key(setting) + " is no setting of type " + type.id() + ", which has "
                            + String.join(", ", type.settings()));
        }
    }

    private Replica replica(String name) {
        Source source = source();
        List<String> tables = tables(source);
        boolean atomic = either("transactions", "atomic", "batched");
        String schema = values.text(key("schema"), source.id());
        if (!SCHEMA.matcher(schema).matches() || schema.startsWith("pg_")) {
            throw wrong("schema", schema, "must match " + SCHEMA + " and not begin with pg_");
        }
        if (SCHEMAS_OF_OTHERS.contains(schema)) {
            throw wrong("schema", schema, "must be another schema: this one is not for replicas");
        }
        TargetDatabase database = database(source);
        if (database.ofSource() && schema.equals(CAPTURED_SCHEMA)) {
            throw wrong(
                    "schema",
                    schema,
                    "the replica would write into the tables that are captured; give another schema, or the url of"
                            + " another database");
        }
        return new Replica(name, source, tables, schema, atomic, database, atomic ? alwaysStop() : onRefused());
    }

    private Lake lake(String name) {
        Source source = source();
        List<String> tables = tables(source);
        String warehouse = required("warehouse", "lake", "a directory, such as /var/lib/waltally/lake");
        alwaysStop();
        try {
            return new Lake(name, source, tables, Path.of(warehouse));
        } catch (InvalidPathException e) {
            throw wrong("warehouse", warehouse, "must be a directory: " + e.getReason());
        }
    }

    private Mode mode() {
        return values.oneOf(key("mode"), Mode.SHADOW);
    }

    private OnRefused onRefused() {
        return values.oneOf(key("on-refused"), OnRefused.DEAD_LETTER);
    }

    /** Without one of its records, a transaction would not be whole. */
    private OnRefused alwaysStop() {
        if (values.oneOf(key("on-refused"), OnRefused.STOP) != OnRefused.STOP) {
            throw wrong("on-refused", "dead-letter", "must be stop: this sink writes whole transactions");
        }
        return OnRefused.STOP;
    }

    private boolean fromBeginning() {
        return !either("begin", "latest", "earliest");
    }

    /** Whether it is the first of two values, which is the default. */
    private boolean either(String setting, String first, String second) {
        return values.parsed(
                        key(setting),
                        text -> {
                            if (!text.equals(first) && !text.equals(second)) {
                                throw new IllegalArgumentException("must be one of " + first + ", " + second);
                            }
                            return text;
                        },
                        first,
                        text -> text)
                .equals(first);
    }

    private Source source() {
        Optional<Source> source = oneOf("source", Source.values(), Source::id);
        if (source.isEmpty()) {
            values.reject(missing("source", "one of s3, sync"));
        }
        return source.orElse(Source.S3);
    }

    private SourceSettings settings(Source source) {
        SourceSettings settings = sources.get(source);
        if (settings != null) {
            return settings;
        }
        if (values.isValid("sources") && values.isValid(key("source"))) {
            values.report(ConfigException.stated(
                    key("type"),
                    key + " writes data of source " + source + ", which is off: add sources." + source
                            + ", or remove the sink"));
        }
        return SourceSettings.from(values, source);
    }

    private List<String> tables(Source source) {
        SourceSettings settings = settings(source);
        List<String> tables = values.list(key("tables"), List.of());
        if (tables.isEmpty()) {
            values.reject(missing(
                    "tables",
                    "captured tables of the source, such as ["
                            + settings.tables().get(0) + "]"));
        }
        if (!values.isValid(key("source")) || !values.isValid(settings.key("tables"))) {
            return tables;
        }
        Set<String> seen = new HashSet<>();
        for (String table : tables) {
            if (!settings.tables().contains(table)) {
                throw wrong(
                        "tables",
                        table,
                        "must be a table of " + settings.key("tables") + ", which has "
                                + String.join(", ", settings.tables()));
            }
            if (!seen.add(table)) {
                throw wrong("tables", table, "must not be named twice");
            }
        }
        return tables;
    }

    private List<NotificationOutbox.Endpoint> endpoints() {
        List<NotificationOutbox.Endpoint> endpoints = new ArrayList<>();
        String list = key("endpoints");
        String contents = "the url of one endpoint at least, such as [{url: https://hooks.example.com/waltally}]";
        for (String entry : values.entries(list, contents)) {
            values.section(entry, given -> endpoint(entry)).ifPresent(endpoints::add);
        }
        if (endpoints.isEmpty()) {
            values.reject(ConfigException.stated(list, list + " must be a list, with " + contents));
        }
        return endpoints;
    }

    private NotificationOutbox.Endpoint endpoint(String endpoint) {
        Secret url = new Secret(values.text(endpoint + ".url").orElse(""));
        values.shown(endpoint + ".url", WebhookSettings::withoutPath);
        if (!isHttp(url.reveal())) {
            // Neither the URL nor a part of it: it may contain a secret.
            values.reject(ConfigException.stated(
                    endpoint + ".url",
                    endpoint + ".url must be an http or https URL, such as https://hooks.example.com/waltally"));
        }
        try {
            return new NotificationOutbox.Endpoint(
                    url,
                    new EventFilter(
                            values.list(endpoint + ".events", List.of("*")),
                            values.text(endpoint + ".subject-prefix").orElse("")));
        } catch (IllegalArgumentException e) {
            throw ConfigException.stated(endpoint + ".events", endpoint + ".events " + e.getMessage());
        }
    }

    private static boolean isHttp(String url) {
        try {
            URI uri = new URI(url);
            return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private TargetDatabase database(Source source) {
        SourceSettings settings = settings(source);
        Optional<String> given = text("url");
        given.ifPresent(url -> DatabaseUrl.require(key("url"), url));
        Account otherwise = given.isPresent()
                ? new Account("waltally", new Secret(""))
                : settings.sink().orElse(settings.account());
        Duration statement = values.duration(key("statement-timeout"), STATEMENT_TIMEOUT);
        if (statement.isZero() || statement.compareTo(MAX_STATEMENT_TIMEOUT) > 0) {
            throw wrong("statement-timeout", statement, "must be from 1ms to 3m");
        }
        Duration lock = values.duration(key("lock-timeout"), LOCK_TIMEOUT);
        if (lock.isZero() || lock.compareTo(statement) > 0) {
            values.report(wrong("lock-timeout", lock, "must be from 1ms to statement-timeout, which is " + statement));
        }
        String url = given.orElse(settings.url());
        return new TargetDatabase(url, account(otherwise), statement, lock, DatabaseUrl.same(url, settings.url()));
    }

    private Account account(Account otherwise) {
        Account account = Account.from(values, key, otherwise.user());
        boolean inherited =
                values.secret(key("password")).isEmpty() && account.user().equals(otherwise.user());
        return inherited ? otherwise : account;
    }

    private <T> Optional<T> oneOf(String setting, T[] known, Function<T, String> id) {
        Optional<String> given = text(setting);
        if (given.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Arrays.stream(known)
                .filter(value -> id.apply(value).equals(given.get()))
                .findFirst()
                .orElseThrow(() -> wrong(
                        setting,
                        given.get(),
                        "must be one of " + Arrays.stream(known).map(id).collect(Collectors.joining(", ")))));
    }

    private Optional<String> text(String setting) {
        return values.text(key(setting));
    }

    private String key(String setting) {
        return key + "." + setting;
    }

    private String required(String setting, String example, String remedy) {
        return values.required(key(setting), example, missing(setting, remedy).getMessage());
    }

    private ConfigException missing(String setting, String remedy) {
        return ConfigException.stated(key(setting), key(setting) + " is missing: give " + remedy);
    }

    private ConfigException wrong(String setting, Object value, String rule) {
        return new ConfigException(key(setting), value, rule);
    }
}
