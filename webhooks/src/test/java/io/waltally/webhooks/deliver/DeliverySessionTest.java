package io.waltally.webhooks.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.event.EventFilter;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import io.waltally.webhooks.schedule.DeliveryProgress;
import io.waltally.webhooks.schedule.RequestLimits;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.send.EgressPolicy;
import io.waltally.webhooks.send.Endpoint;
import io.waltally.webhooks.send.InitialPosition;
import io.waltally.webhooks.sign.SigningSecret;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class DeliverySessionTest {
    private static final TopicCatalogue TOPICS =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("http://127.0.0.1:1"));
    private static final URI URL = URI.create("https://h.example/");
    private static final TopicPartition PARTITION =
            new TopicPartition(TOPICS.notifications().name(), 0);

    private static Endpoint endpoint(InitialPosition beginning) {
        return new Endpoint(
                "test",
                URL,
                new EventFilter(List.of("*"), ""),
                List.of(SigningSecret.generate()),
                Optional.empty(),
                Duration.ofSeconds(1),
                new Retries(3, Duration.ofSeconds(1), Duration.ofSeconds(10), Retries.NEVER),
                RequestLimits.of(1),
                Map.of(),
                new EgressPolicy(false, false),
                beginning);
    }

    private static DeliverySession session(
            InitialPosition beginning,
            String resumeId,
            Consumer<byte[], byte[]> consumer,
            DeadLetterWriter deadLetters) {
        return new DeliverySession(
                endpoint(beginning),
                new EndpointControl(false, resumeId),
                TOPICS,
                consumer,
                deadLetters,
                new EndpointMeasures(),
                new EndpointLog("test"),
                Clock.systemUTC());
    }

    private static DeadLetterWriter deadLetters() {
        return new DeadLetterWriter(TOPICS, Map.of("bootstrap.servers", "127.0.0.1:1"));
    }

    /** As a crashed instance left it. */
    private static OffsetAndMetadata gone() {
        DeliveryProgress progress = new DeliveryProgress(
                0,
                new TreeMap<>(),
                Map.of(),
                URL.toString().hashCode(),
                Instant.EPOCH,
                URL.toString().hashCode(),
                Instant.EPOCH,
                Instant.EPOCH);
        return new OffsetAndMetadata(progress.offset(), progress.metadata());
    }

    @Test
    void aRequestToResumeEnablesAnEndpointThatIsGoneEvenIfItComesBeforeItsPartitionsAreKnown() {
        for (boolean resumed : new boolean[] {false, true}) {
            MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
                @Override
                public synchronized Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
                    return Map.of(PARTITION, gone());
                }
            };
            try (DeadLetterWriter deadLetters = deadLetters();
                    DeliverySession session =
                            session(InitialPosition.EARLIEST, resumed ? "1" : "", consumer, deadLetters)) {
                consumer.rebalance(List.of(PARTITION));
                assertThat(session.state())
                        .isEqualTo(resumed ? EndpointStatus.State.RUNNING : EndpointStatus.State.DISABLED);
            }
        }
    }

    @Test
    void aNewEndpointPassesOverNoEventThatIsWrittenWhileItSearchesItsBeginning() {
        MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
            @Override
            public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
                    Map<TopicPartition, Long> times) {
                // Nothing is so late, and then an event is written.
                updateEndOffsets(Map.of(PARTITION, 6L));
                return Map.of();
            }
        };
        consumer.updateEndOffsets(Map.of(PARTITION, 5L));
        consumer.updatePartitions(PARTITION.topic(), List.of());
        try (DeadLetterWriter deadLetters = deadLetters();
                DeliverySession session = session(InitialPosition.at(Instant.now()), "", consumer, deadLetters)) {
            consumer.rebalance(List.of(PARTITION));
            assertThat(session.state()).isEqualTo(EndpointStatus.State.RUNNING);
            assertThat(consumer.position(PARTITION)).isEqualTo(5);
        }
    }
}
