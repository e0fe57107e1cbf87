package io.waltally.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Parent of the commands about notifications. */
@Command(
        name = "event",
        header = "Show what notifications there are.",
        synopsisSubcommandLabel = "types",
        description = {"They are in the topic outbox.notifications, and go to webhooks.", ""})
public final class EventCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    private EventCommand() {}

    public static CommandLine withActions() {
        return new CommandLine(new EventCommand()).addSubcommand(new EventTypesCommand());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to do is missing: types");
    }
}
