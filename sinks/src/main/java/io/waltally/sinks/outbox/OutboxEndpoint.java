package io.waltally.sinks.outbox;

import io.waltally.schemas.event.EventFilter;

/**
 * An endpoint of the application's configuration.
 *
 * @param url as the application has it: its worker drops rows with any other
 * @param filter the events that it receives
 */
public record OutboxEndpoint(String url, EventFilter filter) {
    /** Without the URL, which may hold a secret. */
    @Override
    public String toString() {
        return "endpoint of " + filter;
    }
}
