package io.waltally.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Parent of the commands for the loggers of a running instance. */
@Command(
        name = "loggers",
        header = "Show the log levels of a running instance, or set one until it ends.",
        synopsisSubcommandLabel = "list|set",
        description = {"logging.levels of the configuration sets levels for good.", ""})
public final class LoggersCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    private LoggersCommand() {}

    public static CommandLine withActions() {
        return new CommandLine(new LoggersCommand())
                .addSubcommand(new LoggersListCommand())
                .addSubcommand(new LoggersSetCommand());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to do is missing: list or set");
    }
}
