package io.waltally.app.command.webhook;

import io.waltally.app.command.common.RecordedRequest;
import picocli.CommandLine.Command;

/** Pauses an endpoint. */
@Command(
        name = "pause",
        header = "Pause an endpoint: nothing is sent to it until 'webhooks resume', also after a restart.",
        description = {
            "Notifications wait in Kafka, up to topics.notification-retention. Requests that are under way end.",
            RecordedRequest.DESCRIPTION,
            ""
        })
final class WebhooksPauseCommand extends EndpointCommand {
    @Override
    String request(EndpointRequest request, String endpoint) {
        request.run("webhooks pause", "", requests -> requests.pause(endpoint));
        return request.awaitState(EndpointRequest.PAUSED::equals, "is paused");
    }
}
