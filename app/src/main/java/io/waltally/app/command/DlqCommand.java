package io.waltally.app.command;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Parent of the commands for dead letters. */
@Command(
        name = "dlq",
        header = "Show records that could not be processed, try them again, or give them up.",
        synopsisSubcommandLabel = "list|show|replay|drop",
        description = {
            "They are in the topics dlq.capture, dlq.streams, dlq.webhooks and dlq.sinks for"
                    + " topics.dead-letter-retention.",
            ""
        })
public final class DlqCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    private DlqCommand() {}

    public static CommandLine withActions() {
        return new CommandLine(new DlqCommand())
                .addSubcommand(new DlqListCommand())
                .addSubcommand(new DlqShowCommand())
                .addSubcommand(new DlqReplayCommand())
                .addSubcommand(new DlqDropCommand());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to do is missing: list, show, replay or drop");
    }
}
