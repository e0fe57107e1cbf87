package io.waltally.app.command.webhook;

import io.waltally.app.command.common.TerminalText;
import io.waltally.webhooks.receive.ReceivedWebhook;
import java.util.ArrayList;
import java.util.List;

/** A received webhook as lines of text: the request and whether it is trusted, then its events. */
final class ReceivedRequest {
    private ReceivedRequest() {}

    static List<String> lines(ReceivedWebhook received) {
        List<String> events = List.of(received.body());
        String batch = "";
        try {
            events = received.events();
            batch = received.isBatch() ? ", batch of " + events.size() : "";
        } catch (IllegalArgumentException e) {
            batch = ", NOT A BATCH: " + e.getMessage();
        }
        List<String> lines = new ArrayList<>();
        lines.add(TerminalText.of(received.time() + " " + received.path() + " " + received.id() + " "
                + received.rejectionReason()
                        .map(rejectionReason -> "NOT TRUSTED: " + rejectionReason)
                        .orElse("signed rightly")
                + batch));
        events.forEach(event -> lines.add("  " + TerminalText.of(event)));
        return lines;
    }
}
