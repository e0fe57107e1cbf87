package io.waltally.app.command.common;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.LoadedConfiguration;
import io.waltally.app.logging.Loggers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Options of every command. */
public final class CommonOptions extends HelpOption {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Configuration; without it ./waltally.yml if present, else the addresses of 'infra'.")
    private Path file;

    @Option(
            names = {"-v", "--verbose"},
            description = "Log debug messages, and stack traces of failures.")
    private boolean verbose;

    @Option(
            names = "--log-format",
            paramLabel = "text|json",
            defaultValue = "text",
            description = "Form of the log on stderr; json is an object per line (default: ${DEFAULT-VALUE}).")
    private LogFormat logFormat = LogFormat.TEXT;

    /** The last configuration that the command has read. */
    private Optional<Configuration> lastLoaded = Optional.empty();

    /** Reads the configuration; flags are values by dotted key and win. */
    public Configuration configuration(Map<String, String> flags) {
        Configuration configuration = loaded(flags).configuration();
        lastLoaded = Optional.of(configuration);
        return configuration;
    }

    public Optional<Configuration> lastLoaded() {
        return lastLoaded;
    }

    /** As {@link #configuration}, with the origin of each value. */
    public LoadedConfiguration loaded(Map<String, String> flags) {
        return loaded(flags, Set.of());
    }

    /** As {@link #loaded(Map)}, without some keys and sections of file and environment. */
    public LoadedConfiguration loaded(Map<String, String> flags, Set<String> leftOut) {
        LoadedConfiguration loaded = LoadedConfiguration.load(Optional.ofNullable(file), flags, leftOut);
        new Loggers().configure(loaded.configuration().logging());
        beVerbose();
        return loaded;
    }

    /** Whether {@code -c} was given. */
    public boolean namesConfiguration() {
        return file != null;
    }

    public boolean verbose() {
        return verbose;
    }

    /** Sets the log level that {@code -v} asks for, and the form of the log. */
    public void applyVerbosity() {
        logFormat.apply();
        beVerbose();
    }

    private void beVerbose() {
        if (verbose && LoggerFactory.getLogger("io.waltally") instanceof Logger logger) {
            logger.setLevel(Level.DEBUG);
        }
    }
}
