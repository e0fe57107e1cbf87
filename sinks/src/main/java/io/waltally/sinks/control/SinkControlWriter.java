package io.waltally.sinks.control;

import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.SinkControlKey;
import io.waltally.schemas.request.RequestWriter;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.target.ResetRequest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Writes operators' requests to sinks, for all instances. */
public final class SinkControlWriter {
    private static final String TRANSACTIONAL_ID = "waltally-sink-controls";

    private final RequestWriter<SinkControlKey, SinkControl> writer;

    /** @param client properties of Kafka's clients */
    public SinkControlWriter(TopicCatalogue topics, Map<String, Object> client) {
        writer = new RequestWriter<>(topics.sinkControls(), TRANSACTIONAL_ID, client);
    }

    /**
     * Asks that a sink write nothing until it is resumed.
     *
     * @return the request
     * @throws org.apache.kafka.common.KafkaException if it could not be written
     */
    public SinkControl pause(String sink) {
        return change(sink, last -> new SinkControl(true, last.getResetId(), now(), last.getResetAt()));
    }

    /**
     * Asks that a sink continue.
     *
     * @param reset whether it is to forget what it has written, and to read its topics again from the beginning
     * @return the request
     * @throws org.apache.kafka.common.KafkaException if it could not be written
     */
    public SinkControl resume(String sink, boolean reset) {
        return change(
                sink,
                last -> reset
                        ? new SinkControl(false, ResetRequest.idAfter(last.getResetId(), now()), now(), now())
                        : new SinkControl(false, last.getResetId(), now(), last.getResetAt()));
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }

    private SinkControl change(String sink, UnaryOperator<SinkControl> change) {
        return writer.change(
                        new SinkControlKey(sink), last -> Optional.of(change.apply(last.orElse(SinkControls.NONE))))
                .orElseThrow();
    }
}
