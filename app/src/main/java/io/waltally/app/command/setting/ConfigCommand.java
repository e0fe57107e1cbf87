package io.waltally.app.command.setting;

import io.waltally.app.command.common.CommandGroup;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Parent of the commands for the configuration. */
@Command(
        name = "config",
        header = "Check the configuration, or show what is in effect.",
        synopsisSubcommandLabel = "check|show",
        description = {"Asks no server.", ""})
public final class ConfigCommand extends CommandGroup {
    private ConfigCommand() {}

    public static CommandLine withActions() {
        return of(new ConfigCommand(), new ConfigCheckCommand(), new ConfigShowCommand());
    }
}
