package io.waltally.app.run;

import io.waltally.app.config.Configuration;
import io.waltally.app.run.LocalState.Identity;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.control.StreamsState;
import io.waltally.schemas.control.StreamsStateKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/** What the state of an application was made from, in Kafka, where a process finds it that has no local state. */
final class RecordedState {
    private final Configuration configuration;
    private final Topic<StreamsStateKey, StreamsState> topic;

    RecordedState(Configuration configuration, TopicCatalogue topics) {
        this.configuration = configuration;
        this.topic = topics.streamsStates();
    }

    /** Empty if the application has none yet. The topic has to be there. */
    Optional<Identity> read(String application) {
        AtomicReference<Identity> last = new AtomicReference<>();
        try (CommittedReader reader = new CommittedReader(configuration.kafka())) {
            reader.from(topic, (key, state, record) -> {
                        if (key.getApplication().equals(application)) {
                            last.set(
                                    state == null
                                            ? null
                                            : new Identity(
                                                    state.getCluster(),
                                                    application,
                                                    state.getPayloadLength(),
                                                    state.getTopics()));
                        }
                    })
                    .readToEnd();
        }
        return Optional.ofNullable(last.get());
    }

    void write(Identity identity) {
        StreamsState state = new StreamsState(identity.cluster(), identity.payloadLength(), identity.topics());
        Map<String, Object> properties = new HashMap<>(configuration.kafka().properties());
        try (Producer<StreamsStateKey, StreamsState> producer = new KafkaProducer<>(
                properties, topic.keySerde().serializer(), topic.valueSerde().serializer())) {
            producer.send(new ProducerRecord<>(topic.name(), new StreamsStateKey(identity.application()), state))
                    .get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while waiting for the cluster", e);
        }
    }
}
