package io.waltally.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tables of docs/configuration.md. */
final class ConfigurationDocument {
    static final List<SinkType> SINK_TYPES = List.of(SinkType.values());

    private static final Path DOCUMENT = Path.of("../docs/configuration.md");
    private static final String NONE = "—";
    private static final Pattern ROW = Pattern.compile(
            "(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\| (" + NONE + "|`[^`]*`) \\| `([^`]+)` \\| [^|]+ \\|$");
    private static final Pattern RENAMED = Pattern.compile("(?m)^\\| `([^`]+)` \\| `([^`]+)` \\|$");
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([A-Z0-9_]+)}");

    private ConfigurationDocument() {}

    /**
     * A key as documented.
     *
     * @param key with names for placeholders, and index 0
     * @param unit empty if the value has none
     * @param otherwise the default; empty if there is none
     */
    record Row(String key, String type, Optional<String> unit, Optional<String> otherwise, String example) {
        private Row withKey(String other, Optional<String> itsDefault) {
            return new Row(other, type, unit, itsDefault, example);
        }
    }

    /** All rows, with one for each source and each type of sink that has the key. */
    static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        Matcher row = ROW.matcher(Files.readString(DOCUMENT));
        while (row.find()) {
            expanded(new Row(
                            key(row.group(1)),
                            row.group(2),
                            given(row.group(3)),
                            given(row.group(4)),
                            REFERENCE.matcher(row.group(5)).replaceAll(name -> secret(name.group(1)))))
                    .forEach(rows::add);
        }
        assertThat(rows).hasSizeGreaterThan(100);
        return rows;
    }

    /** Default by key; {@value NONE} if there is none. */
    static Map<String, Optional<String>> defaults() throws IOException {
        Map<String, Optional<String>> defaults = new LinkedHashMap<>();
        rows().forEach(row -> defaults.put(row.key(), row.otherwise()));
        return defaults;
    }

    /** New key by the old one. */
    static Map<String, String> renamed() throws IOException {
        Map<String, String> renamed = new LinkedHashMap<>();
        Matcher row = RENAMED.matcher(Files.readString(DOCUMENT));
        while (row.find()) {
            renamed.put(row.group(1), row.group(2));
        }
        return renamed;
    }

    /** The value of a variable that an example refers to, in the form that its key wants. */
    static String secret(String variable) {
        if (variable.endsWith("_TOKEN")) {
            return variable + "-0123456789";
        }
        return variable.equals("SEALING_KEY")
                ? "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
                : "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
    }

    private static Optional<String> given(String cell) {
        return Optional.of(cell.replace("`", "")).filter(text -> !text.equals(NONE));
    }

    private static String key(String documented) {
        return documented
                .replace("[n]", "[0]")
                .replace("<backend>", "b2")
                .replace("<name>", "x-tenant")
                .replace("<header>", "x-other")
                .replace("<holder>", "alice")
                .replace("<other>", "bob")
                .replace("<property>", "num.standby.replicas")
                .replace("<logger>", "io.waltally.connectors")
                .replace("<topic-property>", "compression.type");
    }

    private static Stream<Row> expanded(Row row) {
        if (row.key().startsWith("sinks[0].")) {
            String key = row.key().substring("sinks[0].".length());
            return SINK_TYPES.stream()
                    .filter(type -> type.settings().contains(key.replaceFirst("\\[.*", "")))
                    .map(type -> row.withKey(sink(type) + key, ofSink(type, key, row.otherwise())));
        }
        Stream<String> sources = row.key().contains("<source>") ? Stream.of("s3", "sync") : Stream.of("");
        return sources.map(source -> row.withKey(
                row.key().replace("<source>", source),
                row.otherwise().map(value -> value.replace("<source>", source))));
    }

    static String sink(SinkType type) {
        return "sinks[" + SINK_TYPES.indexOf(type) + "].";
    }

    /** {@code stop} is the only value of some types. */
    private static Optional<String> ofSink(SinkType type, String key, Optional<String> otherwise) {
        return key.equals("on-refused") && type.settings().contains("tables") ? Optional.of("stop") : otherwise;
    }
}
