package io.waltally.webhooks.send;

import io.waltally.webhooks.event.EventFilter;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.sign.ApplicationSignature;
import io.waltally.webhooks.sign.SigningSecret;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where notifications go, and how.
 *
 * @param name that it keeps, whatever else changes: what has been delivered to it is known by it
 * @param secrets each of which signs, so that they can be rotated
 * @param applicationSignature that the endpoint wants beside the standard one
 * @param timeout of one attempt, from its beginning to the end of the answer
 * @param concurrency how many requests it gets at once
 * @param headers that each request has besides; their values may be secrets
 */
public record Endpoint(
        String name,
        URI url,
        EventFilter filter,
        List<SigningSecret> secrets,
        Optional<ApplicationSignature> applicationSignature,
        Duration timeout,
        Retries retries,
        int concurrency,
        Map<String, String> headers,
        Reach reach,
        Beginning beginning) {
    private static final int MOST_CONCURRENT = 256;
    private static final Duration LONGEST_TIMEOUT = Duration.ofMinutes(5);

    /** What a new endpoint gets first. */
    public enum Beginning {
        /** Everything that the outbox still holds. */
        EARLIEST,
        /** What comes after it was first seen. */
        LATEST
    }

    /** @throws IllegalArgumentException naming what breaks a rule, without any secret */
    public Endpoint {
        secrets = List.copyOf(secrets);
        headers = Map.copyOf(headers);
        if (secrets.isEmpty()) {
            throw new IllegalArgumentException("secrets is empty: must hold one secret at least");
        }
        if (timeout.toMillis() < 1 || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
            throw new IllegalArgumentException("timeout is " + timeout.toMillis() + "ms: must be from 1ms to "
                    + LONGEST_TIMEOUT.toMinutes() + "m");
        }
        if (concurrency < 1 || concurrency > MOST_CONCURRENT) {
            throw new IllegalArgumentException(
                    "concurrency is " + concurrency + ": must be from 1 to " + MOST_CONCURRENT);
        }
        reach.requireSpeakable(url);
        headers.forEach(RequestHeaders::requireOwn);
    }

    /** The same, signed otherwise. */
    public Endpoint withSecrets(List<SigningSecret> others) {
        return new Endpoint(
                name,
                url,
                filter,
                others,
                applicationSignature,
                timeout,
                retries,
                concurrency,
                headers,
                reach,
                beginning);
    }

    /** Scheme, host and port: paths and queries of webhooks may be secrets. */
    public String target() {
        return url.getScheme() + "://" + url.getRawAuthority();
    }

    /** Its name: there is much in it that is not for everybody. */
    @Override
    public String toString() {
        return name;
    }
}
