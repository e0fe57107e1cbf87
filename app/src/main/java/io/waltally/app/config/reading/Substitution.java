package io.waltally.app.config.reading;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces references to environment variables: {@code ${NAME}}, or with a default; two dollar signs are an escaped
 * one. References to Kafka's configuration providers, such as {@code ${file:/etc/kafka.properties:password}}, remain
 * in properties of Kafka clients, which resolve them.
 */
public final class Substitution {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\$\\{|\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?}");

    /** Sections with properties of Kafka clients. */
    private static final Set<String> RESOLVED_BY_KAFKA = Set.of("kafka", "streams.properties");

    /** The names that Kafka's documentation gives to its own providers. */
    private static final Set<String> USUAL_PROVIDERS = Set.of("file", "directory", "env");

    /** With which the shell's forms of a default begin. */
    private static final Set<String> SHELL = Set.of("-", "?", "+", "=");

    private final Map<String, String> environment;
    private final Set<String> providers;
    private final Set<String> used = new TreeSet<>();

    /** @param providers the names in {@code kafka.config.providers} */
    public Substitution(Map<String, String> environment, Set<String> providers) {
        this.environment = environment;
        this.providers = providers;
    }

    /** @throws ConfigException if a variable without a default is not set */
    public String apply(String key, String text) {
        boolean resolvedByKafka = RESOLVED_BY_KAFKA.stream().anyMatch(section -> Keys.within(section, key));
        return REFERENCE
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(replacement(key, match, resolvedByKafka)));
    }

    private String replacement(String key, MatchResult reference, boolean resolvedByKafka) {
        String name = reference.group(1);
        if (name == null) {
            return "${";
        }
        if (resolvedByKafka && providers.contains(name)) {
            return reference.group();
        }
        String otherwise = reference.group(2);
        if (otherwise != null && SHELL.stream().anyMatch(otherwise::startsWith)) {
            throw ConfigException.stated(
                    key,
                    key + " refers to ${" + name + ":" + otherwise.charAt(0)
                            + "...}, which is the shell's form: a default is written ${" + name + ":default}");
        }
        used.add(name);
        String value = environment.get(name);
        if (value == null && resolvedByKafka && USUAL_PROVIDERS.contains(name)) {
            // The rest of the text may be a secret.
            throw ConfigException.stated(
                    key, key + " names the configuration provider " + name + ": list it in kafka.config.providers");
        }
        value = value == null ? otherwise : value;
        if (value == null) {
            throw ConfigException.stated(
                    key,
                    key + " refers to ${" + name + "}: the environment variable " + name
                            + " must be set, or a default given: ${" + name + ":default}");
        }
        return value;
    }

    /** The variables that the values refer to. */
    public Set<String> used() {
        return used;
    }
}
