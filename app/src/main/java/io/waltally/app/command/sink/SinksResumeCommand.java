package io.waltally.app.command.sink;

import io.waltally.app.command.common.Confirmation;
import io.waltally.app.command.common.RecordedRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Resumes a paused sink, or resets a sink to the beginning of its topics. */
@Command(
        name = "resume",
        header = "Let a paused sink continue from its position, or begin again with its topics.",
        description = {RecordedRequest.DESCRIPTION, ""})
final class SinksResumeCommand extends SinkCommand {
    @Option(
            names = "--reset",
            description =
                    "Forget the positions in the target and what was written there, and read the topics again from the"
                            + " beginning: for topics that were made again, or another Kafka. On a terminal it has to"
                            + " be confirmed.")
    private boolean reset;

    @Override
    String request(SinkRequest request, String sink) {
        if (reset) {
            Confirmation.require(
                    "Sink " + sink + " forgets its positions and removes what it has written, then reads its topics"
                            + " again from the beginning.",
                    sink);
        }
        return request.resume(reset);
    }
}
