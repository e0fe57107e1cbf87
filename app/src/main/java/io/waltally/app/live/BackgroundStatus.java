package io.waltally.app.live;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.schemas.CloseSignal;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks for the status again and again, in a thread of its own: a server that does not answer holds nothing else up. */
final class BackgroundStatus implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundStatus.class);

    private final Supplier<JsonNode> status;
    private final Duration interval;
    private final CloseSignal closing = new CloseSignal();
    private volatile Optional<JsonNode> last = Optional.empty();

    /** @param interval from one answer to the next question */
    BackgroundStatus(Supplier<JsonNode> status, Duration interval) {
        this.status = status;
        this.interval = interval;
        Thread thread = new Thread(this::run, "live-status");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        do {
            try {
                last = Optional.of(status.get());
            } catch (RuntimeException e) {
                LOG.debug("the status is not known, trying again", e);
            }
        } while (!closing.closedWithin(interval));
    }

    /** The last answer; empty before the first one. */
    Optional<JsonNode> last() {
        return last;
    }

    /** Does not wait for an answer that is still awaited. */
    @Override
    public void close() {
        closing.close();
    }
}
