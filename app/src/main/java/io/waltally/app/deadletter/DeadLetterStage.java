package io.waltally.app.deadletter;

import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import java.util.Locale;
import java.util.Optional;

/** What sets records aside. */
public enum DeadLetterStage {
    CAPTURE,
    STREAMS,
    WEBHOOKS;

    /** As it is written in commands. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Where its dead letters go; empty if it is not built yet. */
    Optional<Topic<byte[], byte[]>> topic(TopicCatalogue topics) {
        return switch (this) {
            case CAPTURE -> Optional.of(topics.captureDeadLetters());
            case STREAMS -> Optional.of(topics.streamsDeadLetters());
            case WEBHOOKS -> Optional.empty();
        };
    }
}
