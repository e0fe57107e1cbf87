package io.waltally.sinks.control;

import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.SinkControlKey;
import io.waltally.schemas.request.RequestFollower;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** Follows operators' requests to sinks. */
public final class SinkControls implements AutoCloseable {
    static final SinkControl NONE = new SinkControl(false, "", Instant.EPOCH, null);

    private final RequestFollower<SinkControlKey, SinkControl> requests;

    /** @param client properties of Kafka's clients */
    public SinkControls(TopicCatalogue topics, Map<String, Object> client) {
        requests = new RequestFollower<>(topics.sinkControls(), "waltally-sink-controls", client, all -> {});
    }

    public void start() {
        requests.start();
    }

    /** The last request of an operator to a sink; neither paused nor reset if there was none. */
    public SinkControl of(String sink) {
        return requests.of(new SinkControlKey(sink)).orElse(NONE);
    }

    /** Waits until all earlier requests are known; returns whether they are. */
    public boolean await(Duration time) {
        return requests.await(time);
    }

    @Override
    public void close() {
        requests.close();
    }
}
