package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.ConfigurationDocument.Row;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.EnvironmentVariables;
import io.waltally.app.config.value.DurationText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/configuration.md has every key, no others, and their types, units, defaults and examples. */
class ConfigurationDocumentTest {
    private static final String INVALID = "?";
    private static final String DURATION = "duration";
    private static final String SIZE = "size";
    private static final Set<String> COUNTS = Set.of("integer", "number");
    private static final Pattern CHOICE = Pattern.compile("must be one of ([a-z0-9, -]+)");

    /** Beginning of what the code says of a value that it cannot read, and the type of the key. */
    private static final Map<String, String> TYPES = Map.of(
            "must be a duration such as", DURATION,
            "must be a size such as", SIZE,
            "must be a whole number", "integer",
            "must be a number", "number",
            "must be true or false", "boolean");

    /** They exclude others, or need files. Empty values count as not given. */
    private static final Set<String> ALTERNATIVES = Stream.concat(
                    Stream.of("registry.token"),
                    RegistrySettings.SSL_NAMES.stream().map(name -> "registry.ssl." + name))
            .collect(Collectors.toSet());

    @TempDir
    private static Path directory;

    @Test
    void everyKeyThatIsReadIsDocumented() throws IOException {
        ConfigValues values = new ConfigValues(given());
        Configuration.from(values);
        assertThat(values.known())
                .filteredOn(key -> !isFileOfSecret(key))
                .isSubsetOf(with(
                        "http.read-tokens",
                        "http.operate-tokens",
                        "http.read-token-files",
                        "http.operate-token-files",
                        "webhooks",
                        "webhooks.endpoints",
                        "webhooks.endpoints[0].headers",
                        "sinks[2].endpoints",
                        "sinks",
                        "sources.s3.sink",
                        "sources.sync.sink"));
    }

    /** That there is one for each secret is documented once. */
    private static boolean isFileOfSecret(String key) {
        return key.matches(".*(password|secrets?|registry\\.token|keystore\\.key|sealing-keys)-file");
    }

    private static Set<String> with(String... sections) throws IOException {
        Set<String> keys = new TreeSet<>(ConfigurationDocument.defaults().keySet());
        keys.addAll(List.of(sections));
        return keys;
    }

    @Test
    void everyDocumentedKeyHasAVariableOfItsOwn() throws IOException {
        Map<String, String> all = given();
        assertThat(all.keySet().stream().map(EnvironmentVariables::name)).doesNotHaveDuplicates();
        assertThat(fromEnvironment(all, Map.of())).isEqualTo(Configuration.from(all));
        all.forEach((key, value) -> {
            Map<String, String> others = required(key);
            Map<String, String> given = new LinkedHashMap<>(others);
            given.put(key, value);
            others.remove(key);
            assertThat(fromEnvironment(Map.of(key, value), others)).as(key).isEqualTo(Configuration.from(given));
        });
    }

    private static Configuration fromEnvironment(Map<String, String> values, Map<String, String> flags) {
        Map<String, String> environment = new LinkedHashMap<>();
        values.forEach((key, value) -> environment.put(EnvironmentVariables.name(key), value));
        return Configuration.load(Optional.empty(), flags, environment);
    }

    @Test
    void everyExampleIsAccepted() throws IOException {
        Configuration.from(given());
    }

    @Test
    void noExampleIsTheDefault() throws IOException {
        assertThat(ConfigurationDocument.rows())
                .filteredOn(row -> row.otherwise().filter(row.example()::equals).isPresent())
                // Some types have no other value.
                .filteredOn(row -> !row.key().endsWith(".on-refused"))
                .isEmpty();
    }

    @Test
    void everyDocumentedDefaultIsTheDefault() throws IOException {
        List<String> wrong = new ArrayList<>();
        ConfigurationDocument.defaults().forEach((key, otherwise) -> {
            Map<String, String> required = required(key);
            Map<String, String> given = new LinkedHashMap<>(required);
            otherwise.ifPresent(value -> given.put(key, value));
            if (!key.startsWith("streams.usage-limits.")
                    && !Configuration.from(given)
                            .toString()
                            .equals(Configuration.from(required).toString())) {
                wrong.add(key + ": " + otherwise);
            }
        });
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyDocumentedTypeIsTheOneThatIsRead() throws IOException {
        for (Row row : ConfigurationDocument.rows()) {
            typeThatIsRead(row.key())
                    .ifPresentOrElse(
                            type -> assertThat(documentedType(row))
                                    .as(row.key())
                                    .isEqualTo(type),
                            () -> assertThat(TYPES.values()).as(row.key()).doesNotContain(row.type()));
        }
    }

    /** Empty if every text is accepted at first. */
    private static Optional<String> typeThatIsRead(String key) {
        Map<String, String> given = required(key);
        given.put(key, INVALID);
        try {
            Configuration.from(given);
            return Optional.empty();
        } catch (ConfigException e) {
            String rule = e.getMessage();
            Matcher choice = CHOICE.matcher(rule);
            return choice.find()
                    ? Optional.of(sorted(choice.group(1)))
                    : TYPES.entrySet().stream()
                            .filter(type -> rule.contains(type.getKey()))
                            .map(Map.Entry::getValue)
                            .findFirst();
        }
    }

    /** In the words of the code. */
    private static String documentedType(Row row) {
        if (row.type().equals("port")) {
            return "integer";
        }
        // Read as sizes, which may be written with a unit.
        if (row.key().endsWith(".api-requests")) {
            return SIZE;
        }
        return row.type().contains("`") ? sorted(row.type().replace("`", "").replace(" or ", ", ")) : row.type();
    }

    private static String sorted(String choice) {
        return Stream.of(choice.split(", ")).sorted().collect(Collectors.joining(", "));
    }

    @Test
    void durationsSizesAndCountsHaveUnits() throws IOException {
        for (Row row : ConfigurationDocument.rows()) {
            boolean measured =
                    COUNTS.contains(row.type()) || List.of(DURATION, SIZE).contains(row.type());
            assertThat(row.unit().isPresent()).as(row.key()).isEqualTo(measured);
            if (row.type().equals(DURATION)) {
                assertThat(row.unit().orElseThrow().split(", "))
                        .as(row.key())
                        .hasSize(5)
                        .allSatisfy(unit ->
                                assertThat(DurationText.parse("1" + unit)).isGreaterThan(Duration.ZERO));
            } else if (row.type().equals(SIZE)) {
                assertThat(row.unit()).as(row.key()).hasValue("bytes");
            }
        }
    }

    @Test
    void everyRenamedKeyIsDocumented() throws IOException {
        assertThat(ConfigurationDocument.renamed()).isEqualTo(ConfigValues.RENAMED);
    }

    /** What a configuration with endpoints and sinks needs, and what the key has no effect without. */
    private static Map<String, String> required(String key) {
        Map<String, String> required = new LinkedHashMap<>(Map.of(
                "sources.s3", "",
                "sources.sync", "",
                "webhooks.endpoints[0].url", "https://hooks.example.com/waltally",
                "webhooks.endpoints[0].secrets", ConfigurationDocument.secret("WEBHOOK_SECRET"),
                "http.tls.certificate", "tls.crt",
                "http.tls.key", "tls.key",
                "registry.user", "a",
                "topics.replication-factor", "3"));
        required.putAll(sinks());
        if (key.matches(".*\\.batch-(bytes|linger)")) {
            required.put("webhooks.endpoints[0].batch-size", "100");
        }
        return required;
    }

    /** A sink of each type, and what it needs. */
    private static Map<String, String> sinks() {
        Map<String, String> sinks = new LinkedHashMap<>();
        for (SinkType type : ConfigurationDocument.SINK_TYPES) {
            String sink = ConfigurationDocument.sink(type);
            sinks.put(sink + "name", type.id());
            sinks.put(sink + "type", type.id());
            if (type.settings().contains("tables")) {
                sinks.put(sink + "source", "s3");
                sinks.put(sink + "tables", "object_locations");
            }
            if (type.settings().contains("endpoints")) {
                sinks.put(sink + "endpoints[0].url", "https://hooks.example.com/waltally");
            }
            if (type.settings().contains("warehouse")) {
                sinks.put(sink + "warehouse", "lake");
            }
        }
        return sinks;
    }

    /** The example of every key, as far as they go together. */
    private static Map<String, String> given() throws IOException {
        Map<String, String> given = new LinkedHashMap<>();
        for (Row row : ConfigurationDocument.rows()) {
            String value = row.key().contains("-files.") ? existing(row.example()) : row.example();
            given.put(row.key(), ALTERNATIVES.contains(row.key()) ? "" : value);
        }
        given.putAll(sinks());
        return given;
    }

    /** A file of the same name, with a secret that is as long as a token. */
    private static String existing(String path) throws IOException {
        Path file = directory.resolve(Path.of(path).getFileName());
        return Files.writeString(file, file.getFileName() + "-0123456789abcdef").toString();
    }
}
