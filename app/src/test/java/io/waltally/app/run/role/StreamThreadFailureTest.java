package io.waltally.app.run.role;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

/** The reasons for which the topologies end. */
class StreamThreadFailureTest {
    @Test
    void missingTopicsSayWhatToDo() {
        assertThat(StreamsRole.reason(new StreamsException(
                        new MissingSourceTopicException("One or more source topics were missing"))))
                .contains("kafka.bootstrap.servers", "Restart this instance");
    }

    @Test
    void otherFailuresAreToldByTheirCause() {
        assertThat(StreamsRole.reason(new StreamsException("thread", new IllegalStateException("no store"))))
                .isEqualTo("no store");
    }
}
