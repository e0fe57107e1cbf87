package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.EnvironmentVariables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/configuration.md contains every key, no others, and the right defaults. */
class ConfigurationDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/configuration.md");
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| ([^|]+) \\| (—|`[^`]*`) \\| [^|]+ \\|");
    private static final Pattern RENAMED = Pattern.compile("\\| `([^`]+)` \\| `([^`]+)` \\|");
    private static final String NONE = "—";

    /** What a configuration with endpoints needs, and values of keys without a default. */
    private static final Map<String, String> EXAMPLES = new LinkedHashMap<>(Map.of(
            "webhooks.endpoints[0].url", "https://hooks.example.com/waltally",
            "webhooks.endpoints[0].secrets", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
            "webhooks.endpoints[0].name", "crm",
            "webhooks.endpoints[0].rate-limit", "10",
            "webhooks.sealing-keys", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "http.advertised", "waltally-1.example:8080",
            "streams.properties.num.standby.replicas", "2",
            "logging.levels.io.waltally.connectors", "DEBUG",
            "sources.s3.tables", "object_locations",
            "sources.sync.tables", "bsos"));

    @TempDir
    private static Path directory;

    private static final List<SinkType> TYPES = List.of(SinkType.values());

    /** A sink of each type, and what it needs. */
    private static final Map<String, String> SINKS = new LinkedHashMap<>();

    static {
        for (SinkType type : TYPES) {
            String key = "sinks[" + TYPES.indexOf(type) + "].";
            SINKS.put(key + "name", type.id());
            SINKS.put(key + "type", type.id());
            if (type.settings().contains("tables")) {
                SINKS.put(key + "source", "s3");
                SINKS.put(key + "tables", "object_locations");
            }
            if (type.settings().contains("endpoints")) {
                SINKS.put(key + "endpoints[0].url", "https://hooks.example.com/waltally");
            }
            if (type.settings().contains("warehouse")) {
                SINKS.put(key + "warehouse", "lake");
            }
            EXAMPLES.put(key + "url", "jdbc:postgresql://analytics.example/lake");
        }
        EXAMPLES.putAll(SINKS);
        EXAMPLES.putAll(Map.of(
                "http.tls.certificate", "tls.crt",
                "http.tls.key", "tls.key",
                "http.read-tokens.alice", "0123456789abcdef",
                "http.operate-tokens.alice", "fedcba9876543210",
                "topics.replication-factor", "3",
                "topics.min-insync-replicas", "2"));
        // They exclude others, or need files. Empty values count as not given.
        EXAMPLES.put("registry.token", "");
        for (String name : RegistrySettings.SSL_NAMES) {
            EXAMPLES.put("registry.ssl." + name, "");
        }
    }

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

    @Test
    void everyDocumentedKeyHasAVariableOfItsOwn() throws IOException {
        Map<String, String> all = given();
        assertThat(all.keySet().stream().map(EnvironmentVariables::name)).doesNotHaveDuplicates();
        assertThat(fromEnvironment(all, Map.of())).isEqualTo(Configuration.from(all));
        Map<String, String> required = required();
        all.forEach((key, value) -> {
            Map<String, String> given = new LinkedHashMap<>(required);
            given.put(key, value);
            Map<String, String> others = new LinkedHashMap<>(required);
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
    void everyDocumentedKeyIsAccepted() throws IOException {
        Configuration.from(given());
    }

    @Test
    void everyDocumentedDefaultIsTheDefault() throws IOException {
        Map<String, String> required = required();
        String without = Configuration.from(required).toString();
        List<String> wrong = new ArrayList<>();
        rows().forEach((key, value) -> {
            Map<String, String> given = new LinkedHashMap<>(required);
            given.put(key, value);
            if (!value.equals(NONE)
                    && !key.startsWith("streams.usage-limits.")
                    && !Configuration.from(given).toString().equals(without)) {
                wrong.add(key + ": " + value);
            }
        });
        assertThat(wrong).isEmpty();
    }

    private static Map<String, String> required() {
        Map<String, String> required = new LinkedHashMap<>(Map.of("sources.s3", "", "sources.sync", ""));
        List.of("url", "secrets").forEach(name -> {
            String key = "webhooks.endpoints[0]." + name;
            required.put(key, EXAMPLES.get(key));
        });
        required.putAll(SINKS);
        List.of("http.tls.certificate", "http.tls.key").forEach(key -> required.put(key, EXAMPLES.get(key)));
        required.put("registry.user", "a");
        required.put("topics.replication-factor", EXAMPLES.get("topics.replication-factor"));
        return required;
    }

    @Test
    void everyRenamedKeyIsDocumented() throws IOException {
        Map<String, String> documented = new LinkedHashMap<>();
        Matcher row = RENAMED.matcher(Files.readString(DOCUMENT));
        while (row.find()) {
            documented.put(row.group(1), row.group(2));
        }
        assertThat(documented).isEqualTo(ConfigValues.RENAMED);
    }

    /** A value for every documented key. */
    private static Map<String, String> given() throws IOException {
        EXAMPLES.put(
                "webhooks.endpoints[0].header-files.x-other",
                Files.writeString(directory.resolve("header"), "a").toString());
        for (String scope : List.of("read", "operate")) {
            EXAMPLES.put(
                    "http." + scope + "-token-files.bob",
                    Files.writeString(directory.resolve(scope), scope + "-0123456789abcdef")
                            .toString());
        }
        Map<String, String> given = new LinkedHashMap<>();
        rows().forEach((key, value) -> given.put(key, value.equals(NONE) ? EXAMPLES.getOrDefault(key, "a") : value));
        return given;
    }

    private static Set<String> with(String... sections) throws IOException {
        Set<String> keys = new TreeSet<>(rows().keySet());
        keys.addAll(List.of(sections));
        return keys;
    }

    /** Default by key. */
    static Map<String, String> rows() throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        Matcher row = ROW.matcher(Files.readString(DOCUMENT));
        while (row.find()) {
            String key = row.group(1)
                    .replace("[n]", "[0]")
                    .replace("<backend>", "b2")
                    .replace("<name>", "x-tenant")
                    .replace("<header>", "x-other")
                    .replace("<holder>", "alice")
                    .replace("<other>", "bob")
                    .replace("<property>", "num.standby.replicas")
                    .replace("<logger>", "io.waltally.connectors")
                    .replace("<topic-property>", "compression.type");
            String value = row.group(3).replace("`", "");
            if (key.startsWith("sinks[0].")) {
                putForEachType(key.substring("sinks[0].".length()), value, rows);
                continue;
            }
            for (String source : key.contains("<source>") ? List.of("s3", "sync") : List.of("")) {
                rows.put(key.replace("<source>", source), value.replace("<source>", source));
            }
        }
        assertThat(rows).hasSizeGreaterThan(50);
        return rows;
    }

    /** {@code stop} is the only value of some types. */
    private static void putForEachType(String key, String value, Map<String, String> rows) {
        for (SinkType type : TYPES) {
            if (type.settings().contains(key.replaceFirst("\\[.*", ""))) {
                boolean stops = key.equals("on-refused") && type.settings().contains("tables");
                rows.put("sinks[" + TYPES.indexOf(type) + "]." + key, stops ? "stop" : value);
            }
        }
    }
}
