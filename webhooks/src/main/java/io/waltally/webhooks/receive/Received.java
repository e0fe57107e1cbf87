package io.waltally.webhooks.receive;

import java.time.Instant;
import java.util.Optional;

/**
 * A request as a receiver sees it.
 *
 * @param id of the event; empty if the header is missing
 * @param complaint why the request is not to be trusted; empty if a signature is right
 */
public record Received(Instant time, String path, String id, Optional<String> complaint, String body) {}
