package io.waltally.app.config.reading;

import java.util.Locale;
import java.util.Optional;

/** Dotted keys: {@code sources.s3.url}, {@code sinks[0].tables[1]}. */
public final class Keys {
    private Keys() {}

    /** Whether a key is the given section, or in it. */
    public static boolean within(String section, String key) {
        return key.startsWith(section)
                && (key.length() == section.length() || ".[".indexOf(key.charAt(section.length())) >= 0);
    }

    public static String item(String list, int index) {
        return list + "[" + index + "]";
    }

    /** The section or list that a key is in; empty at the top. */
    public static Optional<String> parent(String key) {
        int end = Math.max(key.lastIndexOf('.'), key.lastIndexOf('['));
        return end <= 0 ? Optional.empty() : Optional.of(key.substring(0, end));
    }

    /** A part of an environment variable's name: {@code SINKS_0_LOCK_TIMEOUT}. */
    public static String variablePart(String key) {
        return key.toUpperCase(Locale.ROOT).replace("]", "").replaceAll("[^A-Z0-9]", "_");
    }
}
