package io.waltally.app.command;

import io.waltally.app.run.StopSignal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Parent of the commands that send and receive webhooks by hand. */
@Command(
        name = "webhooks",
        header = "Send webhooks to an endpoint, or receive webhooks.",
        synopsisSubcommandLabel = "test|replay|listen",
        description = {"'run' delivers to those of the configuration (webhooks.endpoints).", ""})
public final class WebhooksCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    private WebhooksCommand() {}

    public static CommandLine withSides(StopSignal stop) {
        return new CommandLine(new WebhooksCommand())
                .addSubcommand(new WebhooksTestCommand())
                .addSubcommand(new WebhooksReplayCommand())
                .addSubcommand(new WebhooksListenCommand(stop));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to do is missing: test, replay or listen");
    }
}
