package io.waltally.webhooks.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.event.EventFilter;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import io.waltally.webhooks.schedule.Progress;
import io.waltally.webhooks.schedule.Retries;
import io.waltally.webhooks.schedule.Throughput;
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
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class DeliverySessionTest {
    private static final TopicCatalogue TOPICS =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("http://127.0.0.1:1"));
    private static final URI URL = URI.create("https://h.example/");
    private static final Endpoint ENDPOINT = new Endpoint(
            "test",
            URL,
            new EventFilter(List.of("*"), ""),
            List.of(SigningSecret.generate()),
            Optional.empty(),
            Duration.ofSeconds(1),
            new Retries(3, Duration.ofSeconds(1), Duration.ofSeconds(10), Retries.NEVER),
            Throughput.of(1),
            Map.of(),
            new EgressPolicy(false, false),
            InitialPosition.EARLIEST);

    /** As a crashed instance left it. */
    private static OffsetAndMetadata gone() {
        Progress progress = new Progress(
                0, new TreeMap<>(), Map.of(), Instant.EPOCH, URL.toString().hashCode(), Instant.EPOCH);
        return new OffsetAndMetadata(progress.offset(), progress.metadata());
    }

    @Test
    void aRequestToResumeEnablesAnEndpointThatIsGoneEvenIfItComesBeforeItsPartitionsAreKnown() {
        TopicPartition partition = new TopicPartition(TOPICS.notifications().name(), 0);
        for (boolean resumed : new boolean[] {false, true}) {
            MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest") {
                @Override
                public synchronized Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
                    return Map.of(partition, gone());
                }
            };
            try (DeadLetterWriter deadLetters =
                            new DeadLetterWriter(TOPICS, Map.of("bootstrap.servers", "127.0.0.1:1"));
                    DeliverySession session = new DeliverySession(
                            ENDPOINT,
                            new EndpointControl(false, resumed ? "1" : ""),
                            TOPICS,
                            consumer,
                            deadLetters,
                            new EndpointMeasures(),
                            new EndpointLog(ENDPOINT.name()),
                            Clock.systemUTC())) {
                consumer.rebalance(List.of(partition));
                assertThat(session.state())
                        .isEqualTo(resumed ? EndpointStatus.State.RUNNING : EndpointStatus.State.DISABLED);
            }
        }
    }
}
