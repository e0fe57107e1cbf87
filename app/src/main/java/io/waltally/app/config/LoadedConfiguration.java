package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.reading.EffectiveSetting;
import io.waltally.app.config.reading.EnvironmentVariables;
import io.waltally.app.config.reading.Keys;
import io.waltally.app.config.reading.Origin;
import io.waltally.app.config.reading.Problems;
import io.waltally.app.config.reading.RawValue;
import io.waltally.app.config.reading.Substitution;
import io.waltally.app.config.reading.YamlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A configuration, and where it comes from.
 *
 * @param file that was read
 * @param settings all settings in effect, by key
 * @param leftOut keys and sections that file or environment have and that do not apply
 */
public record LoadedConfiguration(
        Configuration configuration, Optional<Path> file, List<EffectiveSetting> settings, List<String> leftOut) {
    /** The names of environment variables that set keys begin with it. */
    public static final String VARIABLES = EnvironmentVariables.PREFIX;

    private static final Set<String> PROPERTIES_OF_KAFKA = Set.of("kafka", "streams.properties", "topics.properties");

    public LoadedConfiguration {
        settings = List.copyOf(settings);
        leftOut = List.copyOf(leftOut);
    }

    /** Like {@link Configuration#load}. */
    public static LoadedConfiguration load(Optional<Path> file, Map<String, String> flags) {
        return load(file, flags, Set.of());
    }

    /**
     * Like {@link Configuration#load}, without some of its keys.
     *
     * @param leftOut keys and sections that are not taken from the file and the environment
     */
    public static LoadedConfiguration load(Optional<Path> file, Map<String, String> flags, Set<String> leftOut) {
        return load(
                file.or(() -> Optional.of(Configuration.DEFAULT_FILE).filter(Files::exists)),
                flags,
                System.getenv(),
                leftOut);
    }

    static LoadedConfiguration load(
            Optional<Path> file, Map<String, String> flags, Map<String, String> environment, Set<String> leftOut) {
        Problems problems = new Problems();
        Map<String, RawValue> fromFile =
                file.map(path -> withListsAsText(YamlFile.read(path, problems))).orElse(Map.of());
        EnvironmentVariables variables = new EnvironmentVariables(environment);
        Map<String, RawValue> substituted = new LinkedHashMap<>();
        Substitution substitution = new Substitution(environment, providers(fromFile, environment));
        fromFile.forEach((key, value) -> {
            if (leftOut.stream().noneMatch(section -> isIn(section, key))) {
                substituted.put(key, substituted(substitution, key, value, problems));
            } else {
                // For the variables that it refers to.
                substituted(substitution, key, value, new Problems());
            }
        });
        List<String> ignored = leftOut.stream()
                .filter(section ->
                        variables.has(section) || fromFile.keySet().stream().anyMatch(key -> isIn(section, key)))
                .sorted()
                .toList();
        leftOut.forEach(variables::remove);
        // A source that is on remains on.
        ignored.forEach(section -> Keys.parent(section)
                .ifPresent(parent -> substituted.putIfAbsent(parent, new RawValue("", Origin.DEFAULT))));
        ConfigValues values = new ConfigValues(List.of(substituted, ConfigValues.given(flags)), variables, problems);
        values.acceptOthers(substitution.used());
        return new LoadedConfiguration(Configuration.from(values, file), file, values.settings(), ignored);
    }

    private static boolean isIn(String section, String key) {
        return Keys.within(section, ConfigValues.RENAMED.getOrDefault(key, key));
    }

    /** An invalid reference is reported, and remains. */
    private static RawValue substituted(Substitution substitution, String key, RawValue value, Problems problems) {
        try {
            return value.withText(substitution.apply(key, value.text()));
        } catch (ConfigException e) {
            problems.add(e, value.origin());
            return value;
        }
    }

    /** A property of Kafka is a text, also one that is a list, such as {@code bootstrap.servers}. */
    private static Map<String, RawValue> withListsAsText(Map<String, RawValue> file) {
        Map<String, RawValue> texts = new LinkedHashMap<>();
        file.forEach((key, value) -> {
            boolean isItem = key.endsWith("]") && PROPERTIES_OF_KAFKA.stream().anyMatch(section -> isIn(section, key));
            texts.merge(
                    isItem ? key.substring(0, key.lastIndexOf('[')) : key,
                    value,
                    (before, next) -> new RawValue(before.text() + "," + next.text(), before.origin()));
        });
        return texts;
    }

    private static Set<String> providers(Map<String, RawValue> file, Map<String, String> environment) {
        String names = Optional.ofNullable(environment.get(EnvironmentVariables.name(KafkaSettings.PROVIDERS_KEY)))
                .or(() -> Optional.ofNullable(file.get(KafkaSettings.PROVIDERS_KEY))
                        .map(RawValue::text))
                .orElse("");
        return Arrays.stream(names.split(",")).map(String::strip).collect(Collectors.toSet());
    }
}
