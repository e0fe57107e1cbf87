package io.waltally.app.config;

import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.config.reading.ConfigValues;
import io.waltally.app.config.value.LogLevel;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Levels of loggers, section {@code logging}.
 *
 * @param levels by name of the logger; {@link #ROOT} is the one that all others inherit from
 */
public record LoggingSettings(Map<String, LogLevel> levels) {
    public static final String ROOT = "root";

    /** The environment variable with the level of {@code io.waltally}. */
    static final String VARIABLE = "WALTALLY_LOG_LEVEL";

    private static final String OWN = "io.waltally";
    private static final String KEY = "logging.levels";
    private static final String AUDIT = "io.waltally.audit";

    /** Jetty logs the headers of requests at DEBUG, and with them tokens. */
    private static final String HTTP_SERVER = "org.eclipse.jetty";

    public LoggingSettings {
        levels = Map.copyOf(levels);
    }

    /**
     * The levels of the environment, which apply until a configuration is read.
     *
     * @throws ConfigException if it names no level
     */
    public static LoggingSettings ofEnvironment() {
        return ofEnvironment(System.getenv());
    }

    static LoggingSettings ofEnvironment(Map<String, String> environment) {
        String text = environment.getOrDefault(VARIABLE, "");
        try {
            return new LoggingSettings(text.isEmpty() ? Map.of() : Map.of(OWN, LogLevel.parse(text)));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(VARIABLE, text, e.getMessage());
        }
    }

    static LoggingSettings from(ConfigValues values) {
        values.section(KEY);
        Map<String, LogLevel> levels = new TreeMap<>();
        values.below(KEY).forEach((name, text) -> {
            try {
                LogLevel level = LogLevel.parse(text);
                require(name, Optional.of(level));
                levels.put(name, level);
            } catch (IllegalArgumentException e) {
                throw new ConfigException(KEY + "." + name, text, e.getMessage());
            }
        });
        return new LoggingSettings(levels);
    }

    /**
     * Checks that a logger may have a level.
     *
     * @param level empty if it inherits one
     * @throws IllegalArgumentException stating the rule
     */
    public static void require(String logger, Optional<LogLevel> level) {
        if (isWithin(AUDIT, logger)) {
            throw new IllegalArgumentException("must not be set: the audit log is always written");
        }
        boolean verbose = level.map(set -> set.compareTo(LogLevel.INFO) > 0).orElse(true);
        if (isWithin(HTTP_SERVER, logger) && verbose) {
            throw new IllegalArgumentException(
                    "must be " + LogLevel.INFO + " or less: below it the log would have the tokens of requests");
        }
    }

    private static boolean isWithin(String parent, String logger) {
        return logger.equals(parent) || logger.startsWith(parent + ".");
    }
}
