package io.waltally.app.command.setting;

import io.waltally.app.command.common.CommandGroup;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Parent of the commands for the loggers of a running instance. */
@Command(
        name = "loggers",
        header = "Show the log levels of a running instance, or set one until it ends.",
        synopsisSubcommandLabel = "list|set",
        description = {"logging.levels of the configuration sets levels for good.", ""})
public final class LoggersCommand extends CommandGroup {
    private LoggersCommand() {}

    public static CommandLine withActions() {
        return of(new LoggersCommand(), new LoggersListCommand(), new LoggersSetCommand());
    }
}
