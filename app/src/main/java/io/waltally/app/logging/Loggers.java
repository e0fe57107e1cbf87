package io.waltally.app.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.waltally.app.config.LoggingSettings;
import io.waltally.app.config.reading.Suggestions;
import io.waltally.app.config.value.LogLevel;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.LoggerFactory;

/** The loggers of this process. */
public final class Loggers {
    private final LoggerContext context;

    public Loggers() {
        this((LoggerContext) LoggerFactory.getILoggerFactory());
    }

    Loggers(LoggerContext context) {
        this.context = context;
    }

    /** Sets the configured levels; loggers that do not exist yet will have them. */
    public void configure(LoggingSettings settings) {
        settings.levels().forEach((name, level) -> logger(name).setLevel(level(level)));
    }

    /** The loggers that have a level of their own, by name. */
    public Map<String, LogLevel> levels() {
        Map<String, LogLevel> levels = new TreeMap<>();
        for (Logger logger : context.getLoggerList()) {
            if (logger.getLevel() != null) {
                levels.put(name(logger), LogLevel.parse(logger.getLevel().toString()));
            }
        }
        return levels;
    }

    /**
     * Sets the level of a logger until the process ends.
     *
     * @param level empty to inherit that of its parent
     * @return the level in effect
     * @throws NoSuchElementException if there is neither such a logger nor one below it
     * @throws IllegalArgumentException stating the rule, if the logger may not have the level
     */
    public LogLevel set(String name, Optional<LogLevel> level) {
        requireExisting(name);
        LoggingSettings.require(name, level);
        boolean isRoot = name.equals(LoggingSettings.ROOT);
        if (isRoot && level.isEmpty()) {
            throw new IllegalArgumentException("must have a level: there is none that it could inherit");
        }
        Logger logger = logger(name);
        logger.setLevel(level.map(Loggers::level).orElse(null));
        return LogLevel.parse(logger.getEffectiveLevel().toString());
    }

    private void requireExisting(String name) {
        Set<String> names = new TreeSet<>();
        for (Logger logger : context.getLoggerList()) {
            names.add(name(logger));
        }
        if (!names.contains(name)) {
            throw new NoSuchElementException("there is no logger \"" + name + "\"; "
                    + Suggestions.nearest(name, names)
                            .map(meant -> "did you mean " + meant + "?")
                            .orElse("loggers have the names of packages and classes, such as io.waltally.connectors"));
        }
    }

    private Logger logger(String name) {
        return context.getLogger(name.equals(LoggingSettings.ROOT) ? Logger.ROOT_LOGGER_NAME : name);
    }

    private static String name(Logger logger) {
        String name = logger.getName();
        return name.equals(Logger.ROOT_LOGGER_NAME) ? name.toLowerCase(Locale.ROOT) : name;
    }

    private static Level level(LogLevel level) {
        return Level.valueOf(level.name());
    }
}
