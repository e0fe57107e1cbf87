package io.waltally.webhooks.receive;

import java.time.Instant;
import java.util.Optional;

/**
 * A request as seen by a receiver.
 *
 * @param id of the event; empty if the header is missing
 * @param complaint why the request is not trusted; empty if a signature is valid
 */
public record Received(Instant time, String path, String id, Optional<String> complaint, String body) {}
