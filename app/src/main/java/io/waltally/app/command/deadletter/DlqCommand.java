package io.waltally.app.command.deadletter;

import io.waltally.app.command.common.CommandGroup;
import picocli.CommandLine;
import picocli.CommandLine.Command;

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
public final class DlqCommand extends CommandGroup {
    private DlqCommand() {}

    public static CommandLine withActions() {
        return of(
                new DlqCommand(),
                new DlqListCommand(),
                new DlqShowCommand(),
                new DlqReplayCommand(),
                new DlqDropCommand());
    }
}
