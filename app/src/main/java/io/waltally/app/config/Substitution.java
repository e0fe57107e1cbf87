package io.waltally.app.config;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces references to environment variables: {@code ${NAME}}, or with a default; two dollar signs are an escaped
 * one.
 */
final class Substitution {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\$\\{|\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?}");

    private final Map<String, String> environment;

    Substitution(Map<String, String> environment) {
        this.environment = environment;
    }

    /** @throws ConfigException if a variable without a default is not set */
    String apply(String key, String text) {
        return REFERENCE.matcher(text).replaceAll(match -> {
            String name = match.group(1);
            if (name == null) {
                return Matcher.quoteReplacement("${");
            }
            String value = environment.getOrDefault(name, match.group(2));
            if (value == null) {
                throw new ConfigException(
                        key,
                        text,
                        "the environment variable " + name + " must be set, or a default given: ${" + name
                                + ":default}");
            }
            return Matcher.quoteReplacement(value);
        });
    }
}
