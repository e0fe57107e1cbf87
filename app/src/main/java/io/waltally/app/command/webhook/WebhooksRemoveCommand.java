package io.waltally.app.command.webhook;

import io.waltally.app.command.common.RecordedRequest;
import picocli.CommandLine.Command;

/** Removes an endpoint. */
@Command(
        name = "remove",
        header = "Remove an endpoint that was added.",
        description = {
            "Its undelivered notifications are discarded; its dead letters remain. Added again, it begins anew.",
            RecordedRequest.DESCRIPTION,
            ""
        })
final class WebhooksRemoveCommand extends EndpointCommand {
    @Override
    String request(EndpointRequest request, String endpoint) {
        request.run("webhooks remove", "", requests -> requests.remove(endpoint));
        return request.awaitAbsence("is removed");
    }
}
