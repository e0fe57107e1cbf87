package io.waltally.app.config.reading;

import io.waltally.app.config.value.ByteSize;
import io.waltally.app.config.value.DurationText;
import io.waltally.app.config.value.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Values by dotted key ({@code sources.s3.url}, {@code sources.s3.tables[0]}), as text, each from the layer that takes
 * precedence. Every key that is read becomes a known key; {@link #requireValid} reports all others.
 *
 * <p>Errors are collected. An invalid value is reported and then counts as absent, so that its default takes its place
 * and reading goes on; a section may also throw a {@link ConfigException}, see {@link #section}.
 */
public final class ConfigValues {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigValues.class);

    /** Old name to new name. The old one is accepted, with a warning. */
    public static final Map<String, String> RENAMED = Map.of(
            "capture.idle-message-interval", "capture.heartbeat-interval",
            "capture.on-poison", "capture.on-unprocessable-change",
            "streams.max-poison-per-minute", "streams.max-unprocessable-per-minute",
            "streams.replication-factor", "streams.object-copies",
            "streams.replication-grace", "streams.object-copies-grace",
            "streams.tell-interval", "streams.emit-interval");

    private final RawValues values;
    private final Problems problems;
    private final ReadSettings settings = new ReadSettings();
    private final Set<String> known = new TreeSet<>();
    private final Set<String> unreadable = new HashSet<>();
    private final Set<String> others = new HashSet<>();

    /** Values without a file and environment. */
    public ConfigValues(Map<String, String> values) {
        this(List.of(given(values)), new EnvironmentVariables(Map.of()), new Problems());
    }

    /**
     * Merges the layers.
     *
     * @param layers values by key, in ascending precedence; variables take precedence over all layers below them
     */
    public ConfigValues(Collection<Map<String, RawValue>> layers, EnvironmentVariables variables, Problems problems) {
        this.problems = problems;
        this.values = new RawValues(
                layers.stream().map(layer -> byNewName(layer, problems)).toList(), variables);
    }

    /** The values as flags. */
    public static Map<String, RawValue> given(Map<String, String> flags) {
        Map<String, RawValue> given = new LinkedHashMap<>();
        flags.forEach((key, text) -> given.put(key, new RawValue(text, Origin.FLAG)));
        return given;
    }

    private static Map<String, RawValue> byNewName(Map<String, RawValue> layer, Problems problems) {
        Map<String, RawValue> byNewName = new TreeMap<>();
        layer.forEach((key, value) -> {
            String name = RENAMED.getOrDefault(key, key);
            if (!name.equals(key)) {
                LOG.warn("{} is deprecated: its name is {} now", key, name);
            }
            if (byNewName.put(name, value) != null) {
                problems.add(
                        ConfigException.stated(
                                name, name + " is given twice, also by its old name; remove the old one"),
                        value.origin());
            }
        });
        return byNewName;
    }

    /** Reports an error. */
    public void report(ConfigException error) {
        problems.add(error, values.origin(error.key()));
    }

    /** Reports an error. Its key counts as absent from now on. */
    public void reject(ConfigException error) {
        report(error);
        values.discard(error.key());
    }

    /** Whether the key, what is in it and what it is in have no error so far. */
    public boolean isValid(String key) {
        return problems.isFree(key);
    }

    /**
     * Reads a section. If it throws, the invalid value is reported, and the section is read again without it, so that
     * all errors are found.
     *
     * @return empty if the section cannot be read even then; the error is reported
     */
    public <T> Optional<T> section(String key, Function<ConfigValues, T> read) {
        while (true) {
            try {
                return Optional.of(read.apply(this));
            } catch (ConfigException e) {
                report(e);
                if (!values.discard(e.key())) {
                    unreadable.add(key);
                    return Optional.empty();
                }
            }
        }
    }

    /** Whether the key, or a key below it, is given. */
    public boolean given(String key) {
        return values.has(key);
    }

    /** Accepts a section that is named but empty. */
    public void section(String key) {
        if (values.find(key).filter(value -> value.text().isEmpty()).isPresent()) {
            known.add(key);
        }
    }

    /** Text that is given in place of a section. */
    public String textOfSection(String key) {
        known.add(key);
        return values.find(key).map(RawValue::text).orElse("");
    }

    /** Declares how a value is shown to people, if it is more than a value without credentials. */
    public void shown(String key, UnaryOperator<String> masked) {
        settings.mask(key, masked);
    }

    private Optional<String> read(String key, Optional<String> otherwise) {
        known.add(key);
        settings.add(key, otherwise);
        return values.find(key).map(RawValue::text);
    }

    public Optional<String> text(String key) {
        return read(key, Optional.empty());
    }

    public String text(String key, String otherwise) {
        return read(key, Optional.of(otherwise)).orElse(otherwise);
    }

    /**
     * The text of a required key.
     *
     * @param example takes its place if it is absent, which is reported, so that reading can go on
     */
    public String required(String key, String example, String message) {
        Optional<String> text = text(key).filter(given -> !given.isBlank());
        if (text.isEmpty()) {
            reject(ConfigException.stated(key, message));
        }
        return text.orElse(example);
    }

    public <T> Optional<T> parsed(String key, Function<String, T> parse) {
        return parse(key, text(key), parse);
    }

    /** @param format the text of the default, for people */
    public <T> T parsed(String key, Function<String, T> parse, T otherwise, Function<T, String> format) {
        return parse(key, read(key, Optional.of(format.apply(otherwise))), parse)
                .orElse(otherwise);
    }

    private <T> Optional<T> parse(String key, Optional<String> text, Function<String, T> parse) {
        return text.flatMap(given -> {
            try {
                return Optional.of(parse.apply(given));
            } catch (IllegalArgumentException e) {
                reject(new ConfigException(key, given, e.getMessage()));
                return Optional.empty();
            }
        });
    }

    /** One of the values, written in lower case with dashes. */
    public <E extends Enum<E>> E oneOf(String key, E otherwise) {
        return parsed(key, text -> constant(otherwise.getDeclaringClass(), text), otherwise, ConfigValues::id);
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String text) {
        List<E> constants = List.of(type.getEnumConstants());
        return constants.stream()
                .filter(constant -> id(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be one of "
                        + constants.stream().map(ConfigValues::id).collect(Collectors.joining(", "))));
    }

    static String id(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public int integer(String key, int otherwise) {
        return parsed(key, ConfigValues::parseInteger, otherwise, String::valueOf);
    }

    public Optional<Integer> integer(String key) {
        return parsed(key, ConfigValues::parseInteger);
    }

    private static int parseInteger(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number", e);
        }
    }

    public double fraction(String key, double otherwise) {
        return parsed(key, ConfigValues::parseFraction, otherwise, String::valueOf);
    }

    private static double parseFraction(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number", e);
        }
    }

    public boolean flag(String key, boolean otherwise) {
        return parsed(key, ConfigValues::parseFlag, otherwise, String::valueOf);
    }

    private static boolean parseFlag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        };
    }

    public Duration duration(String key, Duration otherwise) {
        return parsed(key, DurationText::parse, otherwise, DurationText::format);
    }

    public ByteSize size(String key, ByteSize otherwise) {
        return parsed(key, ByteSize::parse, otherwise, ByteSize::text);
    }

    URI uri(String key, URI otherwise) {
        return parsed(key, ConfigValues::parseUri, otherwise, URI::toString);
    }

    private static URI parseUri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("must be a URL: " + e.getReason(), e);
        }
    }

    public Optional<Path> path(String key) {
        return parsed(key, Path::of);
    }

    /** A secret, or the content of the file that {@code <key>-file} names. */
    public Secret secret(String key, Secret otherwise) {
        return secret(key).orElse(otherwise);
    }

    public Optional<Secret> secret(String key) {
        known.add(key);
        settings.addSecret(key);
        Optional<RawValue> value = values.find(key);
        Optional<RawValue> file = secretFile(key, value.map(RawValue::origin));
        file.ifPresent(given -> settings.inFile(key, given.origin()));
        return file.isPresent()
                ? file.flatMap(given -> content(key + SecretFile.SUFFIX, given.text()))
                        .map(Secret::new)
                : value.map(given -> new Secret(given.text()));
    }

    /** Secrets of a list, or the lines of the file that {@code <key>-file} names. */
    public List<Secret> secrets(String key) {
        settings.addSecret(key);
        Optional<RawList> items = items(key);
        Optional<RawValue> file = secretFile(key, items.map(RawList::origin));
        file.ifPresent(given -> settings.inFile(key, given.origin()));
        List<String> texts = file.isPresent()
                ? file.flatMap(given -> content(key + SecretFile.SUFFIX, given.text())).stream()
                        .flatMap(String::lines)
                        .toList()
                : items.map(RawList::elements).orElse(List.of());
        return texts.stream().map(Secret::new).toList();
    }

    /** Empty if no file is given, or if the value itself comes from a layer that takes precedence. */
    private Optional<RawValue> secretFile(String key, Optional<Origin> value) {
        String fileKey = key + SecretFile.SUFFIX;
        known.add(fileKey);
        settings.add(fileKey, Optional.empty());
        Optional<RawValue> file = values.find(fileKey);
        if (value.isEmpty() || file.isEmpty()) {
            return file;
        }
        Origin ofValue = value.get();
        Origin ofFile = file.get().origin();
        if (ofValue.layer() == ofFile.layer()) {
            reject(ConfigException.stated(fileKey, fileKey + " and " + key + " are both given: remove one of them"));
            return Optional.empty();
        }
        return file.filter(given -> ofFile.overrides(ofValue));
    }

    /** The content of a file with a secret; empty if it cannot be read, which is reported. */
    public Optional<String> content(String key, String file) {
        try {
            return Optional.of(SecretFile.read(key, file));
        } catch (ConfigException e) {
            reject(e);
            return Optional.empty();
        }
    }

    /** A YAML list, or one text with commas, as flags and environment variables have it. */
    public List<String> list(String key, List<String> otherwise) {
        settings.add(key, Optional.of(String.join(", ", otherwise)));
        return items(key).map(RawList::elements).orElse(otherwise);
    }

    private Optional<RawList> items(String key) {
        known.add(key);
        values.itemsOf(key).forEach(known::add);
        return values.list(key);
    }

    /**
     * The keys of the entries of a list of sections: {@code key[0]}, {@code key[1]} ...
     *
     * @param contents what an entry has, for a message; the value itself may be a secret
     * @throws ConfigException if another shape is given
     */
    public List<String> entries(String key, String contents) {
        known.add(key);
        boolean isEmpty =
                values.find(key).filter(value -> value.text().isEmpty()).isPresent();
        if (values.hasValue(key) && !isEmpty && !given(Keys.item(key, 0))) {
            throw ConfigException.stated(key, key + " must be a list, with " + contents);
        }
        List<String> entries = new ArrayList<>();
        for (String entry = Keys.item(key, 0); given(entry); entry = Keys.item(key, entries.size())) {
            entries.add(entry);
        }
        return entries;
    }

    /** All values below a key, by the rest of their path; all of these keys count as known. */
    public Map<String, String> below(String key) {
        return below(key, ConfigValues::dotted, Masking::isSecretName);
    }

    /** {@code NUM_STANDBY_REPLICAS} is {@code num.standby.replicas}. */
    public static String dotted(String variable) {
        return variable.toLowerCase(Locale.ROOT).replace('_', '.');
    }

    /** {@code X_TENANT} is {@code x-tenant}. */
    public static String dashed(String variable) {
        return variable.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Like {@link #below(String)}.
     *
     * @param named the rest of the path by the rest of a variable's name, unless the file has such a key
     * @param secret whether the value of a key is a secret, by the rest of its path
     */
    public Map<String, String> below(String key, UnaryOperator<String> named, Predicate<String> secret) {
        Map<String, String> found = new TreeMap<>();
        values.below(key, named).forEach((name, value) -> {
            String rest = name.substring(key.length() + 1);
            known.add(name);
            settings.add(name, Optional.empty());
            if (secret.test(rest)) {
                settings.addSecret(name);
            }
            found.put(rest, value.text());
        });
        return found;
    }

    /** The names directly below a key. */
    public Set<String> names(String key) {
        return values.names(key);
    }

    /** Ignores variables that set no key, because the file refers to them by name. */
    public void acceptOthers(Set<String> names) {
        others.addAll(names);
    }

    /** The keys that were read so far. */
    public Set<String> known() {
        return Collections.unmodifiableSet(known);
    }

    /** All settings that were read so far. */
    public List<EffectiveSetting> settings() {
        return settings.effective(values);
    }

    /**
     * Reports all keys and variables that were not read.
     *
     * @throws ConfigException with all errors
     */
    public void requireValid(Optional<Path> file) {
        new TreeMap<>(values.all()).forEach((key, value) -> {
            if (!known.contains(key) && readable(key)) {
                rejectUnknown(key, value);
            }
        });
        Set<String> names = known.stream().map(EnvironmentVariables::name).collect(Collectors.toSet());
        for (String variable : values.otherVariables()) {
            if (!others.contains(variable)
                    && unreadable.stream()
                            .noneMatch(section -> variable.startsWith(EnvironmentVariables.name(section) + "_"))) {
                problems.add(
                        ConfigException.stated(variable, variable + " sets no known key" + suggestion(variable, names)),
                        Origin.DEFAULT);
            }
        }
        problems.throwIfAny(file);
    }

    private boolean readable(String key) {
        return unreadable.stream().noneMatch(section -> Keys.within(section, key));
    }

    private void rejectUnknown(String key, RawValue value) {
        List<String> below = known.stream()
                .filter(name -> name.startsWith(key + "."))
                .map(name -> name.substring(key.length() + 1))
                .filter(name -> !name.endsWith(SecretFile.SUFFIX))
                .toList();
        if (below.isEmpty()) {
            problems.add(
                    valueAround(key).map(ConfigValues::notOneValue).orElseGet(() -> unknown(key, known)),
                    value.origin());
        } else if (!value.text().isEmpty()) {
            problems.add(
                    new ConfigException(
                            key, value.text(), "must be a section with some of " + String.join(", ", below)),
                    value.origin());
        }
    }

    /** The key of a value, not of a section, that a key is below. */
    private Optional<String> valueAround(String key) {
        return Stream.iterate(Keys.parent(key), Optional::isPresent, outer -> outer.flatMap(Keys::parent))
                .flatMap(Optional::stream)
                .filter(settings::has)
                .findFirst();
    }

    /** Without the keys below it: what is in braces may be a secret that is not in quotes. */
    private static ConfigException notOneValue(String key) {
        return ConfigException.stated(
                key, key + " must have no keys of its own: a text that begins with { or [ needs quotes");
    }

    public static ConfigException unknown(String section, String name, Set<String> known) {
        return unknown(
                section + "." + name,
                known.stream().map(other -> section + "." + other).collect(Collectors.toSet()));
    }

    private static ConfigException unknown(String key, Set<String> known) {
        return ConfigException.stated(key, key + " is not a known key" + suggestion(key, known));
    }

    private static String suggestion(String name, Set<String> known) {
        return Suggestions.nearest(name, known)
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
    }
}
