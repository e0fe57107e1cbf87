package io.waltally.app.command;

import io.waltally.app.run.StopSignal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Parent of the commands about webhooks. */
@Command(
        name = "webhooks",
        header = "Change and watch the endpoints of notifications, send to them by hand, or receive webhooks.",
        synopsisSubcommandLabel = "list|add|change|pause|resume|remove|reseal|test|replay|listen",
        description = {
            "'run' delivers to the endpoints of the configuration (webhooks.endpoints), and to those that were added.",
            ""
        })
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
                .addSubcommand(new WebhooksListCommand())
                .addSubcommand(new WebhooksAddCommand())
                .addSubcommand(new WebhooksChangeCommand())
                .addSubcommand(new WebhooksPauseCommand())
                .addSubcommand(new WebhooksResumeCommand())
                .addSubcommand(new WebhooksRemoveCommand())
                .addSubcommand(new WebhooksResealCommand())
                .addSubcommand(new WebhooksTestCommand())
                .addSubcommand(new WebhooksReplayCommand())
                .addSubcommand(new WebhooksListenCommand(stop));
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "what to do is missing: list, add, change, pause, resume, remove, reseal, test, replay or listen");
    }
}
