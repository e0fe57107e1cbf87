package io.waltally.app.config.value;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The least severe events that a logger writes. */
public enum LogLevel {
    OFF,
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE;

    /** Their names, for messages. */
    public static final String NAMES =
            Arrays.stream(values()).map(LogLevel::name).collect(Collectors.joining(", "));

    /**
     * Parses a name, in any case.
     *
     * @throws IllegalArgumentException stating the rule
     */
    public static LogLevel parse(String text) {
        try {
            return valueOf(text.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("must be one of " + NAMES, e);
        }
    }
}
