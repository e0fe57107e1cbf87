package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.schemas.Source;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
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
        SinkSettings sinks,
        LoggingSettings logging) {

    /** Read from the working directory if no other file is named. */
    public static final Path DEFAULT_FILE = Path.of("waltally.yml");

    public Configuration {
        sources = Collections.unmodifiableMap(new EnumMap<>(sources));
    }

    /** This configuration with other properties of Kafka's clients. */
    public Configuration with(KafkaSettings other) {
        return new Configuration(sources, other, registry, http, topics, capture, streams, webhooks, sinks, logging);
    }

    /**
     * Reads the given file, or {@link #DEFAULT_FILE} if it exists, then the environment, then the flags. Later values
     * take precedence.
     *
     * @param flags values by dotted key
     * @throws ConfigException with all errors, each with key, value and rule
     */
    public static Configuration load(Optional<Path> file, Map<String, String> flags) {
        return LoadedConfiguration.load(file, flags).configuration();
    }

    static Configuration load(Optional<Path> file, Map<String, String> flags, Map<String, String> environment) {
        return LoadedConfiguration.load(file, flags, environment, Set.of()).configuration();
    }

    /** Reads values by dotted key, without a file and environment. */
    public static Configuration from(Map<String, String> given) {
        return from(new ConfigValues(given));
    }

    static Configuration from(ConfigValues values) {
        return from(values, Optional.empty());
    }

    /** @param file for messages */
    static Configuration from(ConfigValues values, Optional<Path> file) {
        Map<Source, SourceSettings> sources =
                values.section("sources", Configuration::sources).orElse(Map.of());
        Optional<KafkaSettings> kafka = values.section("kafka", KafkaSettings::from);
        Optional<RegistrySettings> registry = values.section("registry", RegistrySettings::from);
        Optional<HttpSettings> http = values.section("http", HttpSettings::from);
        Optional<TopicSettings> topics = values.section("topics", TopicValues::from);
        Optional<CaptureSettings> capture = values.section("capture", CaptureSettings::from);
        Optional<StreamsSettings> streams = values.section("streams", StreamsSettings::from);
        Optional<WebhookSettings> webhooks = values.section("webhooks", WebhookSettings::from);
        Optional<SinkSettings> sinks = values.section("sinks", given -> SinkSettings.from(given, sources));
        Optional<LoggingSettings> logging = values.section("logging", LoggingSettings::from);
        values.requireValid(file);
        return new Configuration(
                sources,
                kafka.orElseThrow(),
                registry.orElseThrow(),
                http.orElseThrow(),
                topics.orElseThrow(),
                capture.orElseThrow(),
                streams.orElseThrow(),
                webhooks.orElseThrow(),
                sinks.orElseThrow(),
                logging.orElseThrow());
    }

    /** Reads the sources. If any source is given, absent ones are off. */
    private static Map<Source, SourceSettings> sources(ConfigValues values) {
        Map<Source, SourceSettings> sources = new EnumMap<>(Source.class);
        values.section("sources");
        Set<String> known = Arrays.stream(Source.values()).map(Source::id).collect(Collectors.toSet());
        for (String name : values.names("sources")) {
            if (!known.contains(name)) {
                throw ConfigValues.unknown("sources", name, known);
            }
        }
        boolean namesNone = known.stream().noneMatch(name -> values.given("sources." + name));
        if (namesNone && values.given("sources")) {
            values.reject(ConfigException.stated(
                    "sources", "sources names no source: give s3, sync or both, or leave it out"));
        }
        for (Source source : Source.values()) {
            String key = "sources." + source.id();
            if (namesNone || values.given(key)) {
                values.section(key);
                values.section(key, given -> SourceSettings.from(given, source))
                        .ifPresent(settings -> sources.put(source, settings));
            }
        }
        return sources;
    }

    /** The topics, with serdes that use the registry. */
    public TopicCatalogue catalogue() {
        return new TopicCatalogue(topics, new AvroSerdes(registry.access()));
    }

    /** The consumer group that delivers to an endpoint. */
    public String webhookGroup(String endpoint) {
        return streams.pipeline().applicationId() + "-webhooks-" + endpoint;
    }

    /** The consumer groups of sinks are named by it and the sink. */
    public String sinkGroupPrefix() {
        return streams.pipeline().applicationId() + "-sinks-";
    }
}
