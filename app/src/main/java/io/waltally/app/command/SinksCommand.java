package io.waltally.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Parent of the commands for sinks. */
@Command(
        name = "sinks",
        header = "Show sinks, pause one, or let it continue.",
        synopsisSubcommandLabel = "list|pause|resume",
        description = {"'run' writes to those of the configuration (sinks).", ""})
public final class SinksCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    private SinksCommand() {}

    public static CommandLine withActions() {
        return new CommandLine(new SinksCommand())
                .addSubcommand(new SinksListCommand())
                .addSubcommand(new SinksPauseCommand())
                .addSubcommand(new SinksResumeCommand());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to do is missing: list, pause or resume");
    }
}
