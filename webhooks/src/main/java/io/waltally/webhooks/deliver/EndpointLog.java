package io.waltally.webhooks.deliver;

import io.waltally.webhooks.send.Endpoint;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says when an endpoint begins to fail and when it is well again, not of each attempt. */
final class EndpointLog {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointLog.class);

    private final Endpoint endpoint;
    private boolean failing;
    private volatile Optional<EndpointStatus.LastFailure> lastFailure = Optional.empty();

    EndpointLog(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    void failed(Instant now, String reason) {
        if (!failing) {
            LOG.warn("webhook {} fails: {}", endpoint, reason);
        }
        failing = true;
        lastFailure = Optional.of(new EndpointStatus.LastFailure(now, reason));
    }

    void gone(Instant now) {
        LOG.warn(
                "webhook {} answered 410 and gets nothing more until it is enabled (POST /api/webhooks/{}/enable)",
                endpoint,
                endpoint);
        lastFailure = Optional.of(new EndpointStatus.LastFailure(now, "HTTP 410"));
    }

    void succeeded() {
        if (failing) {
            LOG.info("webhook {} takes events again", endpoint);
        }
        failing = false;
    }

    Optional<EndpointStatus.LastFailure> lastFailure() {
        return lastFailure;
    }
}
