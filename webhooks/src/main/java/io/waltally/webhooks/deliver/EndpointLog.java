package io.waltally.webhooks.deliver;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs when an endpoint fails and when it has recovered, at most once per minute. */
final class EndpointLog {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointLog.class);

    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private final String endpoint;
    private Instant quietUntil = Instant.MIN;
    private long unreported;
    private Optional<Instant> failingSince = Optional.empty();
    private volatile Optional<EndpointStatus.LastFailure> lastFailure = Optional.empty();

    EndpointLog(String endpoint) {
        this.endpoint = endpoint;
    }

    void failed(Instant now, String reason) {
        lastFailure = Optional.of(new EndpointStatus.LastFailure(now, reason));
        failingSince = failingSince.or(() -> Optional.of(now));
        unreported++;
        if (!now.isBefore(quietUntil)) {
            LOG.warn(
                    "webhook {} fails{}: {}",
                    endpoint,
                    unreported == 1 ? "" : " (" + unreported + " requests)",
                    reason);
            unreported = 0;
            quietUntil = now.plus(INTERVAL);
        }
    }

    void gone(Instant now) {
        lastFailure = Optional.of(new EndpointStatus.LastFailure(now, "HTTP 410"));
        LOG.warn(
                "webhook {} answered 410 and gets nothing more until 'waltally webhooks resume {}'",
                endpoint,
                endpoint);
    }

    void succeeded(Instant now) {
        failingSince
                .filter(since -> since.plus(INTERVAL).isBefore(now))
                .ifPresent(since -> LOG.info("webhook {} takes events again, after none since {}", endpoint, since));
        failingSince = Optional.empty();
    }

    Optional<EndpointStatus.LastFailure> lastFailure() {
        return lastFailure;
    }
}
