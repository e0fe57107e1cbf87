package io.waltally.app.command.sink;

import io.waltally.app.command.common.CommandGroup;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Parent of the commands for sinks. */
@Command(
        name = "sinks",
        header = "Show sinks, pause one, or let it continue.",
        synopsisSubcommandLabel = "list|pause|resume",
        description = {"'run' writes to those of the configuration (sinks).", ""})
public final class SinksCommand extends CommandGroup {
    private SinksCommand() {}

    public static CommandLine withActions() {
        return of(new SinksCommand(), new SinksListCommand(), new SinksPauseCommand(), new SinksResumeCommand());
    }
}
