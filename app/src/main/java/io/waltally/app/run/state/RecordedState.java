package io.waltally.app.run.state;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.run.state.LocalState.StopMark;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.control.StreamsState;
import io.waltally.schemas.control.StreamsStateKey;
import io.waltally.schemas.serde.NotAvroException;
import io.waltally.schemas.serde.WireFormat;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * The identity of an application's state, and stop marks, as recorded in Kafka. A process without local state reads
 * them there.
 */
final class RecordedState {
    private static final String WHOLE_APPLICATION = "";

    private final Configuration configuration;
    private final Topic<StreamsStateKey, StreamsState> topic;

    RecordedState(Configuration configuration, TopicCatalogue topics) {
        this.configuration = configuration;
        this.topic = topics.streamsStates();
    }

    /**
     * The record of one application.
     *
     * @param madeFrom empty if there is no state yet
     * @param usedAt when an instance last ran, to ten minutes; empty if no instance of this version did
     * @param positions offsets that were committed by then, by partition
     * @param beginnings first offsets of tally topics when the application began anew, by partition
     * @param stopMarks by directory
     */
    record Contents(
            Optional<StateIdentity> madeFrom,
            Optional<Instant> usedAt,
            Map<String, Long> positions,
            Map<String, Long> beginnings,
            Map<String, String> stopMarks) {}

    /**
     * The topic must exist. What others wrote to it is skipped.
     *
     * @throws ConfigException if the registry is not the one that the application's record was written with
     */
    Contents read(String application) {
        Map<String, StreamsState> states = new HashMap<>();
        Map<String, ConfigException> unreadable = new HashMap<>();
        try (CommittedReader reader = new CommittedReader(configuration.kafka())) {
            reader.onUnreadable((record, failure) -> {
                        if (isOfWholeApplication(application, record) && !NotAvroException.isCauseOf(failure)) {
                            unreadable.put(WHOLE_APPLICATION, otherRegistry(application, record, failure));
                        } else {
                            CommittedReader.skip(record, failure);
                        }
                    })
                    .from(topic, (key, state, record) -> {
                        if (key.getApplication().equals(application)) {
                            states.put(key.getDirectory(), state);
                            unreadable.remove(key.getDirectory());
                        }
                    })
                    .readToEnd();
        }
        if (unreadable.containsKey(WHOLE_APPLICATION)) {
            throw unreadable.get(WHOLE_APPLICATION);
        }
        states.values().removeIf(Objects::isNull);
        Optional<StreamsState> whole = Optional.ofNullable(states.remove(WHOLE_APPLICATION));
        Optional<StateIdentity> madeFrom = whole.map(state -> new StateIdentity(
                state.getCluster(),
                application,
                state.getPayloadLength(),
                state.getTopics(),
                Set.copyOf(state.getStores())));
        Map<String, String> stopMarks = new HashMap<>();
        states.forEach((directory, state) -> stopMarks.put(directory, state.getSeal()));
        return new Contents(
                madeFrom,
                whole.map(StreamsState::getUsedAt),
                whole.map(StreamsState::getPositions).orElse(Map.of()),
                whole.map(StreamsState::getBeginnings).orElse(Map.of()),
                stopMarks);
    }

    private static boolean isOfWholeApplication(String application, ConsumerRecord<byte[], byte[]> record) {
        StreamsStateKey expected = new StreamsStateKey(application, WHOLE_APPLICATION);
        return WireFormat.isPossible(record.value())
                && WireFormat.bodyAs(StreamsStateKey.class, record.key())
                        .filter(expected::equals)
                        .isPresent();
    }

    private ConfigException otherRegistry(
            String application, ConsumerRecord<byte[], byte[]> record, SerializationException failure) {
        return new ConfigException(
                "registry.url",
                configuration.registry().url().toString(),
                "the record of what the state of application " + application + " was made from (" + record.topic() + "-"
                        + record.partition() + " offset " + record.offset() + ") cannot be read: "
                        + failure.getMessage()
                        + ". The schema registry is not the one that it was written with, or was restored, emptied or"
                        + " replaced. Let registry.url name the one with these schemas, or restore them. Only if they are"
                        + " lost for good, recreate all topics, for nothing can read the records in them"
                        + " (docs/tallies.md#changing-it)");
    }

    /**
     * @param positions committed offsets, by partition
     * @param beginnings first offsets of tally topics when the application began anew, by partition
     */
    void write(StateIdentity madeFrom, Map<String, Long> positions, Map<String, Long> beginnings) {
        write(
                madeFrom.application(),
                WHOLE_APPLICATION,
                new StreamsState(
                        madeFrom.cluster(),
                        madeFrom.payloadLength(),
                        madeFrom.topics(),
                        List.copyOf(madeFrom.stores()),
                        null,
                        Instant.now(),
                        positions,
                        beginnings));
    }

    void markStopped(StateIdentity madeFrom, StopMark stopMark) {
        write(
                madeFrom.application(),
                stopMark.directory(),
                new StreamsState(
                        madeFrom.cluster(),
                        madeFrom.payloadLength(),
                        Map.of(),
                        List.of(),
                        stopMark.value(),
                        null,
                        Map.of(),
                        Map.of()));
    }

    private void write(String application, String directory, StreamsState state) {
        Map<String, Object> properties = new HashMap<>(configuration.kafka().properties());
        try (Producer<StreamsStateKey, StreamsState> producer = new KafkaProducer<>(
                properties, topic.keySerde().serializer(), topic.valueSerde().serializer())) {
            KafkaFutures.get(producer.send(
                    new ProducerRecord<>(topic.name(), new StreamsStateKey(application, directory), state)));
        }
    }
}
