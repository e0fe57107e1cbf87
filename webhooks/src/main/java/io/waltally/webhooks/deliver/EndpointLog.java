package io.waltally.webhooks.deliver;

import io.waltally.schemas.Counted;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what an operator has to know of an endpoint: one line when it goes down, and one when it comes back. An
 * endpoint is down after {@value #DOWN_AFTER_FAILURES} failed requests in a row, or ten seconds without a success.
 * Failures of single events are logged at most once per minute.
 */
final class EndpointLog {
    static final int DOWN_AFTER_FAILURES = 5;
    static final Duration DOWN_AFTER = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(EndpointLog.class);

    private final String endpoint;
    private final LogThrottle deadLetters = new LogThrottle();
    private final LogThrottle unwritten = new LogThrottle();
    private final LogThrottle unreported = new LogThrottle();
    private Optional<Instant> failingSince = Optional.empty();
    private long failures;
    private boolean down;
    private volatile Optional<EndpointStatus.LastFailure> lastFailure = Optional.empty();

    EndpointLog(String endpoint) {
        this.endpoint = endpoint;
    }

    void failed(Instant now, String reason) {
        lastFailure = Optional.of(new EndpointStatus.LastFailure(now, reason));
        failures++;
        Instant since = failingSince.orElse(now);
        failingSince = Optional.of(since);
        LOG.debug("webhook {} fails: {}", endpoint, reason);
        if (!down && (failures >= DOWN_AFTER_FAILURES || !since.plus(DOWN_AFTER).isAfter(now))) {
            down = true;
            LOG.warn("webhook {} is down: {}", endpoint, reason);
        }
    }

    void succeeded(Instant now) {
        if (down) {
            LOG.info(
                    "webhook {} is back: {} failed in {} s",
                    endpoint,
                    Counted.of(failures, "request"),
                    Duration.between(failingSince.orElse(now), now).toSeconds());
        }
        down = false;
        failures = 0;
        failingSince = Optional.empty();
    }

    void gone(Instant now) {
        lastFailure = Optional.of(new EndpointStatus.LastFailure(now, "HTTP 410"));
        LOG.warn(
                "webhook {} is disabled: it answered 410, and gets nothing more until 'waltally webhooks resume {}'",
                endpoint,
                endpoint);
    }

    /** @param limit the largest body of a batch from now on */
    void tooLarge(int events, int bytes, long limit) {
        LOG.info(
                "webhook {} refused a batch of {} events and {} bytes as too large (HTTP 413): for an hour batches have at"
                        + " most {} bytes; batch-bytes sets a limit for good",
                endpoint,
                events,
                bytes,
                limit);
    }

    /** @param since when it failed first */
    void failedForTooLong(Instant since) {
        LOG.warn(
                "webhook {} is disabled: it has accepted nothing since {} (disable-after), and gets nothing more until"
                        + " 'waltally webhooks resume {}'",
                endpoint,
                since,
                endpoint);
    }

    void deadLetter(Instant now, Object event, String reason) {
        deadLetters
                .passes(now)
                .ifPresent(others -> LOG.warn(
                        "webhook {}: {} becomes a dead letter{}: {}", endpoint, event, andOthers(others), reason));
    }

    void deadLetterFailed(Instant now, Object event, String reason) {
        unwritten
                .passes(now)
                .ifPresent(others -> LOG.warn(
                        "webhook {}: {} cannot be written to the dead letter topic yet{}: {}",
                        endpoint,
                        event,
                        andOthers(others),
                        reason));
    }

    void notReported(Instant now, String letter, Object result, String reason) {
        unreported
                .passes(now)
                .ifPresent(others -> LOG.warn(
                        "webhook {}: the result of the replay of {} ({}) cannot be reported, so the dead letter remains"
                                + " open{}: {}",
                        endpoint,
                        letter,
                        result,
                        andOthers(others),
                        reason));
    }

    private static String andOthers(long count) {
        return count == 0 ? "" : " (" + Counted.of(count, "other", "others") + " since the last line like this)";
    }

    Optional<EndpointStatus.LastFailure> lastFailure() {
        return lastFailure;
    }
}
