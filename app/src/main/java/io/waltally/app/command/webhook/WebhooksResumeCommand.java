package io.waltally.app.command.webhook;

import io.waltally.app.command.common.RecordedRequest;
import picocli.CommandLine.Command;

/** Resumes an endpoint. */
@Command(
        name = "resume",
        header = "Resume delivery to an endpoint that is paused, or that was disabled.",
        description = {
            "Retries continue as they were. Delivery begins with the first undelivered notification.",
            RecordedRequest.DESCRIPTION,
            ""
        })
final class WebhooksResumeCommand extends EndpointCommand {
    @Override
    String request(EndpointRequest request, String endpoint) {
        request.run("webhooks resume", "", requests -> requests.resume(endpoint));
        return request.awaitState(
                state -> !state.equals(EndpointRequest.PAUSED) && !state.equals(EndpointRequest.DISABLED), "goes on");
    }
}
