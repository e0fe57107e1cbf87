package io.waltally.app.deadletter;

import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import java.util.Locale;

/** What sets records aside. */
public enum DeadLetterStage {
    CAPTURE,
    STREAMS,
    WEBHOOKS;

    /** As it is written in commands. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Where its dead letters go. */
    public Topic<byte[], byte[]> topic(TopicCatalogue topics) {
        return switch (this) {
            case CAPTURE -> topics.captureDeadLetters();
            case STREAMS -> topics.streamsDeadLetters();
            case WEBHOOKS -> topics.webhooksDeadLetters();
        };
    }
}
