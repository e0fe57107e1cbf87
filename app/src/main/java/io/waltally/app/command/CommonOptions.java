package io.waltally.app.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.waltally.app.config.Configuration;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Options of every command. */
public final class CommonOptions {
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
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    /** Reads the configuration; flags are values by dotted key and win. */
    public Configuration configuration(Map<String, String> flags) {
        return Configuration.load(Optional.ofNullable(file), flags);
    }

    /**
     * As {@link #configuration}, but reads a file only if {@code -c} names one: for commands that start their own
     * servers.
     */
    public Configuration configurationIfNamed(Map<String, String> flags) {
        return file == null ? Configuration.from(flags) : configuration(flags);
    }

    /** Whether {@code -c} was given. */
    public boolean namesConfiguration() {
        return file != null;
    }

    public boolean verbose() {
        return verbose;
    }

    /** Sets the log level that {@code -v} asks for. */
    public void applyVerbosity() {
        if (verbose && LoggerFactory.getLogger("io.waltally") instanceof Logger logger) {
            logger.setLevel(Level.DEBUG);
        }
    }
}
