package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/configuration.md contains every key, no others, and the right defaults. */
class ConfigurationDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/configuration.md");
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| ([^|]+) \\| (—|`[^`]*`) \\| [^|]+ \\|");
    private static final Pattern RENAMED = Pattern.compile("\\| `([^`]+)` \\| `([^`]+)` \\|");
    private static final String NONE = "—";

    /** What a configuration with endpoints needs, and values of keys without a default. */
    private static final Map<String, String> EXAMPLES = Map.of(
            "webhooks.endpoints[0].url", "https://hooks.example.com/waltally",
            "webhooks.endpoints[0].secrets", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
            "webhooks.endpoints[0].name", "crm",
            "http.advertised", "waltally-1.example:8080",
            "sources.s3.tables", "object_locations",
            "sources.sync.tables", "bsos");

    @Test
    void everyKeyThatIsReadIsDocumented() throws IOException {
        ConfigValues values = new ConfigValues(given());
        Configuration.from(values);
        assertThat(values.known()).isSubsetOf(with("webhooks", "webhooks.endpoints", "webhooks.endpoints[0].headers"));
    }

    @Test
    void everyDocumentedKeyIsAccepted() throws IOException {
        Configuration.from(given());
    }

    @Test
    void everyDocumentedDefaultIsTheDefault() throws IOException {
        Map<String, String> required = new LinkedHashMap<>(Map.of("sources.s3", "", "sources.sync", ""));
        List.of("url", "secrets").forEach(name -> {
            String key = "webhooks.endpoints[0]." + name;
            required.put(key, EXAMPLES.get(key));
        });
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
    private static Map<String, String> rows() throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        Matcher row = ROW.matcher(Files.readString(DOCUMENT));
        while (row.find()) {
            String key = row.group(1)
                    .replace("[n]", "[0]")
                    .replace("<backend>", "b2")
                    .replace("<name>", "X-Tenant");
            String value = row.group(3).replace("`", "");
            for (String source : key.contains("<source>") ? List.of("s3", "sync") : List.of("")) {
                rows.put(key.replace("<source>", source), value.replace("<source>", source));
            }
        }
        assertThat(rows).hasSizeGreaterThan(50);
        return rows;
    }
}
