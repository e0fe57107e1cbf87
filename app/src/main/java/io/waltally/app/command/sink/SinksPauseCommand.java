package io.waltally.app.command.sink;

import io.waltally.app.command.common.RecordedRequest;
import picocli.CommandLine.Command;

/** Pauses a sink. */
@Command(
        name = "pause",
        header = "Pause a sink: it writes nothing until 'sinks resume', also after a restart.",
        description = {RecordedRequest.DESCRIPTION, ""})
final class SinksPauseCommand extends SinkCommand {
    @Override
    String request(SinkRequest request, String sink) {
        return request.pause();
    }
}
