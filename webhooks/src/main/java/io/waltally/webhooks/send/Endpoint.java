package io.waltally.webhooks.send;

import io.waltally.schemas.event.EventFilter;
import io.waltally.webhooks.event.OutboxEvent;
import io.waltally.webhooks.schedule.RequestLimits;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.sign.ApplicationSignature;
import io.waltally.webhooks.sign.SigningSecret;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration of an endpoint.
 *
 * @param name identity of the endpoint: what was delivered is recorded by it
 * @param secrets each of which signs, so that they can be rotated
 * @param applicationSignature additional signature in the form of s3-orchestrator
 * @param timeout of one attempt, up to the end of the answer
 * @param headers additional headers; their values may be secrets
 */
public record Endpoint(
        String name,
        URI url,
        EventFilter filter,
        List<SigningSecret> secrets,
        Optional<ApplicationSignature> applicationSignature,
        Duration timeout,
        Retries retries,
        RequestLimits limits,
        Map<String, String> headers,
        EgressPolicy egressPolicy,
        InitialPosition beginning) {
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(5);

    /** @throws IllegalArgumentException naming the rule that is broken, without any secret */
    public Endpoint {
        secrets = List.copyOf(secrets);
        headers = Map.copyOf(headers);
        if (secrets.isEmpty()) {
            throw new IllegalArgumentException("secrets is empty: must hold one secret at least");
        }
        if (timeout.toMillis() < 1 || timeout.compareTo(MAX_TIMEOUT) > 0) {
            throw new IllegalArgumentException(
                    "timeout is " + timeout.toMillis() + "ms: must be from 1ms to " + MAX_TIMEOUT.toMinutes() + "m");
        }
        if (limits.batching().enabled() && retries.maxAttempts() < 2) {
            throw new IllegalArgumentException("max-attempts is " + retries.maxAttempts()
                    + ": must be at least 2 with batch-size "
                    + limits.batching().size()
                    + ", so that each event of a refused batch is tried alone");
        }
        egressPolicy.requireAllowedScheme(url);
        headers.forEach(RequestHeaders::requireOwn);
    }

    /**
     * Returns the request message for these events.
     *
     * @param events a single one unless the endpoint takes batches
     */
    public WebhookMessage message(List<OutboxEvent> events) {
        return limits.batching().enabled() ? WebhookMessage.batch(events) : WebhookMessage.of(events.get(0));
    }

    /** The same endpoint with other signatures. */
    public Endpoint withSecrets(List<SigningSecret> others) {
        return new Endpoint(
                name,
                url,
                filter,
                others,
                applicationSignature,
                timeout,
                retries,
                limits,
                headers,
                egressPolicy,
                beginning);
    }

    /** Scheme, host and port: path and query of a webhook may be secrets. */
    public String target() {
        return url.getScheme() + "://" + url.getRawAuthority();
    }

    /** Only the name, because other parts may be secrets. */
    @Override
    public String toString() {
        return name;
    }
}
