package io.waltally.app.command.webhook;

import io.waltally.app.command.common.CommandGroup;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Parent of the commands about notifications. */
@Command(
        name = "event",
        header = "Show the types of notifications.",
        synopsisSubcommandLabel = "types",
        description = {"They are in the topic outbox.notifications, and go to webhooks.", ""})
public final class EventCommand extends CommandGroup {
    private EventCommand() {}

    public static CommandLine withActions() {
        return of(new EventCommand(), new EventTypesCommand());
    }
}
