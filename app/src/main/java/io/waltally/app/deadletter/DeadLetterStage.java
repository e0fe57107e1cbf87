package io.waltally.app.deadletter;

import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.Locale;

/** The stages that write dead letters. */
public enum DeadLetterStage {
    CAPTURE,
    STREAMS,
    WEBHOOKS,
    SINKS;

    /** The name in commands. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For completion and messages. */
    @Override
    public String toString() {
        return id();
    }

    /** Name of the stage's dead letter topic. */
    public Topic<byte[], byte[]> topic(TopicCatalogue topics) {
        return switch (this) {
            case CAPTURE -> topics.captureDeadLetters();
            case STREAMS -> topics.streamsDeadLetters();
            case WEBHOOKS -> topics.webhooksDeadLetters();
            case SINKS -> topics.sinksDeadLetters();
        };
    }
}
