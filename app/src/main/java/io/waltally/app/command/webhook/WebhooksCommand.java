package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommandGroup;
import io.waltally.app.run.StopSignal;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Parent of the commands about webhooks. */
@Command(
        name = "webhooks",
        header = "Change and watch the endpoints of notifications, send to them by hand, or receive webhooks.",
        synopsisSubcommandLabel = "list|add|change|pause|resume|remove|reseal|test|replay|listen",
        description = {
            "'run' delivers to the endpoints of the configuration (webhooks.endpoints), and to those that were added.",
            ""
        })
public final class WebhooksCommand extends CommandGroup {
    private WebhooksCommand() {}

    public static CommandLine withSides(StopSignal stop) {
        return of(
                new WebhooksCommand(),
                new WebhooksListCommand(),
                new WebhooksAddCommand(),
                new WebhooksChangeCommand(),
                new WebhooksPauseCommand(),
                new WebhooksResumeCommand(),
                new WebhooksRemoveCommand(),
                new WebhooksResealCommand(),
                new WebhooksTestCommand(),
                new WebhooksReplayCommand(),
                new WebhooksListenCommand(stop));
    }
}
