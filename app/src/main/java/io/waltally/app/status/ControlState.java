package io.waltally.app.status;

import io.waltally.app.tally.AppliedPositions;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.CommittedReader;
import io.waltally.app.tally.WatermarkHandler;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.CaptureFailure;
import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WebhookControl;
import io.waltally.schemas.control.WebhookControlKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The content of the control topics: positions, reasons why captures have stopped, and operators' requests. One thread
 * adds records, any thread may ask.
 */
public final class ControlState {
    /** Only the last one of each source matters. Kafka's transaction markers count, too. */
    private static final int WATERMARKS = 1_000;

    private final TopicCatalogue topics;
    private final Map<Source, Watermark> watermarks = new ConcurrentHashMap<>();
    private final Map<Source, CaptureFailure> failures = new ConcurrentHashMap<>();
    private final AppliedPositions applied;
    private final Map<String, SinkControl> sinks = new ConcurrentHashMap<>();
    private final Map<WebhookControlKey, WebhookControl> webhooks = new ConcurrentHashMap<>();

    public ControlState(TopicCatalogue topics) {
        this.topics = topics;
        this.applied = new AppliedPositions(topics);
    }

    /**
     * Lets a reader add what the topics have, and all that follows.
     *
     * @param exists whether a topic exists
     */
    public CommittedReader readBy(CommittedReader reader, Predicate<Topic<?, ?>> exists) {
        if (exists.test(topics.captureFailures())) {
            reader.from(
                    topics.captureFailures(),
                    (key, failure, record) -> keep(failures, Source.of(key.getSource()), failure));
        }
        if (exists.test(topics.sinkControls())) {
            reader.from(topics.sinkControls(), (key, control, record) -> keep(sinks, key.getSink(), control));
        }
        if (exists.test(topics.webhookControls())) {
            reader.from(topics.webhookControls(), (key, control, record) -> keep(webhooks, key, control));
        }
        if (exists.test(topics.applied()) && exists.test(topics.watermarks())) {
            reader.from(topics.applied(), (key, value, record) -> applied.applied(key, value))
                    .last(WATERMARKS, topics.watermarks(), new WatermarkHandler((source, watermark) -> {
                        watermarks.put(source, watermark);
                        applied.watermark(source, watermark);
                    }));
        }
        return reader;
    }

    private static <K, V> void keep(Map<K, V> all, K key, @Nullable V value) {
        if (value == null) {
            all.remove(key);
        } else {
            all.put(key, value);
        }
    }

    /** The last watermark of a source; empty if nothing was captured yet. */
    Optional<Watermark> watermark(Source source) {
        return Optional.ofNullable(watermarks.get(source));
    }

    /** The reason why the capture of a source has stopped; empty if it has not. */
    Optional<CaptureFailure> failure(Source source) {
        return Optional.ofNullable(failures.get(source));
    }

    /** The position up to which everything of a source is in the outputs; empty while unknown. */
    Optional<AsOf> applied(Source source) {
        return applied.of(source);
    }

    boolean isPaused(String sink) {
        SinkControl control = sinks.get(sink);
        return control != null && control.getPaused();
    }

    /** The operators' requests to webhook endpoints. */
    Map<WebhookControlKey, WebhookControl> webhooks() {
        return Map.copyOf(webhooks);
    }
}
