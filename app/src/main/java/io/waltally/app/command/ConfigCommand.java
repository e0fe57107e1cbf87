package io.waltally.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Parent of the commands for the configuration. */
@Command(
        name = "config",
        header = "Check the configuration, or show what is in effect.",
        synopsisSubcommandLabel = "check|show",
        description = {"Asks no server.", ""})
public final class ConfigCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    private ConfigCommand() {}

    public static CommandLine withActions() {
        return new CommandLine(new ConfigCommand())
                .addSubcommand(new ConfigCheckCommand())
                .addSubcommand(new ConfigShowCommand());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to do is missing: check or show");
    }
}
