package io.waltally.app.command.common;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.LoadedConfiguration;
import io.waltally.app.config.LoggingSettings;
import io.waltally.app.logging.Loggers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that every command accepts, before or after its name. A value after the name takes precedence. */
public final class CommonOptions extends HelpOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

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
            description = "Form of the log on stderr; json is an object per line (default: text).")
    private LogFormat logFormat;

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

    /** Like {@link #configuration}, with the origin of each value. */
    public LoadedConfiguration loaded(Map<String, String> flags) {
        return loaded(flags, Set.of());
    }

    /** Like {@link #loaded(Map)}, without some keys and sections of file and environment. */
    public LoadedConfiguration loaded(Map<String, String> flags, Set<String> leftOut) {
        LoadedConfiguration loaded = LoadedConfiguration.load(given(options -> options.file), flags, leftOut);
        new Loggers().configure(loaded.configuration().logging());
        beVerbose();
        return loaded;
    }

    /** Whether {@code -c} was given. */
    public boolean namesConfiguration() {
        return given(options -> options.file).isPresent();
    }

    public boolean verbose() {
        return withParentOptions().anyMatch(options -> options.verbose);
    }

    /**
     * Sets the form of the log, and the level that the environment or {@code -v} asks for.
     *
     * @throws io.waltally.app.config.reading.ConfigException if the environment names no level
     */
    public void applyVerbosity() {
        given(options -> options.logFormat).ifPresent(LogFormat::apply);
        new Loggers().configure(LoggingSettings.ofEnvironment());
        beVerbose();
    }

    private void beVerbose() {
        if (verbose() && LoggerFactory.getLogger("io.waltally") instanceof Logger logger) {
            logger.setLevel(Level.DEBUG);
        }
    }

    /** The options of a command, if it has them. */
    public static Optional<CommonOptions> of(CommandSpec command) {
        return command.mixins().values().stream()
                .map(CommandSpec::userObject)
                .filter(CommonOptions.class::isInstance)
                .map(CommonOptions.class::cast)
                .findFirst();
    }

    private <T> Optional<T> given(Function<CommonOptions, @Nullable T> option) {
        return withParentOptions()
                .flatMap(options -> Stream.ofNullable(option.apply(options)))
                .findFirst();
    }

    /** These options, then those of the commands above, from the innermost one. */
    private Stream<CommonOptions> withParentOptions() {
        Stream<CommonOptions> before = Stream.iterate(command.parent(), Objects::nonNull, CommandSpec::parent)
                .flatMap(above -> of(above).stream());
        return Stream.concat(Stream.of(this), before);
    }
}
