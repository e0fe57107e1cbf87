package io.waltally.app.status;

import io.waltally.app.config.KafkaSettings;
import io.waltally.app.tally.BackgroundReading;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.UngroupedConsumer;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.Optional;

/** Follows the control topics in the background. */
public final class FollowedControlState implements AutoCloseable {
    private final ControlState state;
    private final BackgroundReading reading;

    /** The topics must exist. */
    public FollowedControlState(KafkaSettings kafka, TopicCatalogue topics) {
        state = new ControlState(topics);
        reading = new BackgroundReading(
                "control-topics", state.readBy(new CommittedReader(kafka, UngroupedConsumer.FOLLOWING), topic -> true));
    }

    /** The content of the topics; empty until all of it was read, and once it cannot be read any more. */
    public Optional<ControlState> state() {
        return reading.caughtUp() && reading.failure().isEmpty() ? Optional.of(state) : Optional.empty();
    }

    @Override
    public void close() {
        reading.close();
    }
}
