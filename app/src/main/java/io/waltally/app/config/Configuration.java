package io.waltally.app.config;

import io.waltally.schemas.AvroSerdes;
import io.waltally.schemas.Source;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.TopicSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The complete configuration. The defaults describe a pipeline on the addresses of {@code infra}. */
public record Configuration(
        Map<Source, SourceSettings> sources,
        KafkaSettings kafka,
        RegistrySettings registry,
        HttpSettings http,
        TopicSettings topics,
        CaptureSettings capture,
        StreamsSettings streams,
        WebhookSettings webhooks,
        SinkSettings sinks) {

    /** Read from the working directory if no other file is named. */
    public static final Path DEFAULT_FILE = Path.of("waltally.yml");

    public Configuration {
        sources = Collections.unmodifiableMap(new EnumMap<>(sources));
    }

    /**
     * Reads the given file, or {@link #DEFAULT_FILE} if it exists, then the flags, which win.
     *
     * @param flags values by dotted key
     * @throws ConfigException naming key, value and rule
     */
    public static Configuration load(Optional<Path> file, Map<String, String> flags) {
        return load(file.or(() -> Optional.of(DEFAULT_FILE).filter(Files::exists)), flags, System.getenv());
    }

    static Configuration load(Optional<Path> file, Map<String, String> flags, Map<String, String> environment) {
        if (file.isEmpty()) {
            return from(flags);
        }
        Substitution substitution = new Substitution(environment);
        try {
            Map<String, String> values = new LinkedHashMap<>(YamlFile.read(file.get()));
            values.replaceAll(substitution::apply);
            values.putAll(flags);
            return from(values);
        } catch (ConfigException e) {
            throw flags.containsKey(e.key()) ? e : e.in(file.get());
        }
    }

    /** Reads values by dotted key without a file: for commands that start their own servers. */
    public static Configuration from(Map<String, String> given) {
        return from(new ConfigValues(given));
    }

    static Configuration from(ConfigValues values) {
        Map<Source, SourceSettings> sources = sources(values);
        Configuration configuration = new Configuration(
                sources,
                KafkaSettings.from(values),
                RegistrySettings.from(values),
                HttpSettings.from(values),
                topics(values),
                CaptureSettings.from(values),
                StreamsSettings.from(values),
                WebhookSettings.from(values),
                SinkSettings.from(values, sources));
        values.rejectUnknown();
        return configuration;
    }

    /** If any source is given, absent ones are off. */
    private static Map<Source, SourceSettings> sources(ConfigValues values) {
        Map<Source, SourceSettings> sources = new EnumMap<>(Source.class);
        values.section("sources");
        Set<String> known = Arrays.stream(Source.values()).map(Source::id).collect(Collectors.toSet());
        for (String name : values.names("sources")) {
            if (!known.contains(name)) {
                throw ConfigValues.unknown("sources", name, known);
            }
        }
        for (Source source : Source.values()) {
            String key = "sources." + source.id();
            values.section(key);
            if (!values.given("sources") || values.given(key)) {
                sources.put(source, SourceSettings.from(values, source));
            }
        }
        if (sources.isEmpty()) {
            throw ConfigException.stated("sources", "sources names no source: give s3, sync or both, or leave it out");
        }
        return sources;
    }

    /** The topics, with serdes that use the registry. */
    public TopicCatalogue catalogue() {
        return new TopicCatalogue(topics, new AvroSerdes(registry.url().toString()));
    }

    /** The consumer group that delivers to an endpoint. */
    public String webhookGroup(String endpoint) {
        return streams.pipeline().applicationId() + "-webhooks-" + endpoint;
    }

    /** The consumer groups of sinks are named by it and the sink. */
    public String sinkGroupPrefix() {
        return streams.pipeline().applicationId() + "-sinks-";
    }

    private static TopicSettings topics(ConfigValues values) {
        TopicSettings defaults = TopicSettings.DEFAULTS;
        int partitions = values.integer("topics.partitions", defaults.partitions());
        if (partitions < 1 || partitions > 1_000) {
            throw new ConfigException("topics.partitions", partitions, "must be from 1 to 1000");
        }
        return new TopicSettings(
                partitions,
                values.duration("topics.complete-history", defaults.completeHistory()),
                values.duration("topics.notification-retention", defaults.notificationRetention()),
                values.duration("topics.dead-letter-retention", defaults.deadLetterRetention()));
    }
}
