package io.waltally.connectors.capture.publishing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.connectors.capture.error.FailureKind;
import io.waltally.connectors.capture.fixture.CapturedTopics;
import io.waltally.embedded.KafkaBroker;
import io.waltally.embedded.ServerOptions;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A publisher that is closed ends its transaction in a bounded time, and hides no failure. */
class TransactionPublisherIT {
    private static final String TRANSACTIONAL_ID = "capture";
    private static final Duration MAX_CLOSE = TransactionPublisher.CLOSE.plusSeconds(2);

    private final TopicCatalogue catalogue =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://" + UUID.randomUUID()));
    private final Topic<?, ?> bsos = catalogue.changesOf(Source.SYNC, "bsos");
    private KafkaBroker kafka;
    private TransactionPublisher publisher;

    @BeforeEach
    void start() {
        kafka = KafkaBroker.start(ServerOptions.ephemeral());
        try (Admin admin = Admin.create(client())) {
            new TopicProvisioning(admin).create(List.of(catalogue.watermarks(), bsos));
        }
        publisher = open();
        publisher.append(
                new ProducerRecord<>(bsos.name(), 0, new byte[] {1}, new byte[] {2}),
                new ChangeHeaders(Source.SYNC, 0, 7, 1, 0, Optional.empty()));
        publisher.endTransaction(new Lsn(1));
        publisher.flush();
    }

    @AfterEach
    void stop() {
        kafka.close();
    }

    @Test
    void anInterruptedThreadEndsItsTransactionAndStaysInterrupted() throws Exception {
        try (Admin admin = Admin.create(client())) {
            // Given
            assertThat(transaction(admin)).isEqualTo(TransactionState.ONGOING);
            // When
            Thread.currentThread().interrupt();
            publisher.close();
            // Then
            assertThat(Thread.interrupted()).isTrue();
            CapturedTopics.waitFor(
                    "the transaction is aborted", () -> transaction(admin) == TransactionState.COMPLETE_ABORT);
        }
    }

    @Test
    void aFencedPublisherClosesAtOnceAndItsFailureIsTheFirst() {
        // Given
        try (TransactionPublisher successor = open()) {
            long before = System.nanoTime();
            // When
            assertThatThrownBy(() -> {
                        try (TransactionPublisher fenced = publisher) {
                            fenced.commit(Source.SYNC, TransactionPublisherIT::watermark);
                        }
                    })
                    // Then
                    .satisfies(failure -> assertThat(FailureKind.of(failure)).isEqualTo(FailureKind.FENCED))
                    .satisfies(failure -> assertThat(failure.getSuppressed()).isEmpty());
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(MAX_CLOSE);
            successor.commit(Source.SYNC, TransactionPublisherIT::watermark);
        }
    }

    @Test
    void aClusterThatIsAwayHoldsUpNoClose() {
        // Given
        kafka.close();
        long before = System.nanoTime();
        // When
        assertThatThrownBy(() -> {
                    try (TransactionPublisher closed = publisher) {
                        throw new IllegalStateException("records: " + closed.records());
                    }
                })
                // Then
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("records: 1")
                .hasNoSuppressedExceptions();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(MAX_CLOSE);
    }

    private TransactionPublisher open() {
        return TransactionPublisher.open(client(), TRANSACTIONAL_ID, Duration.ofMinutes(10), catalogue.watermarks());
    }

    private static Watermark watermark(Map<String, Long> offsets) {
        return new Watermark(1L, 0, 7L, 1, "slot", null, Instant.EPOCH, offsets, null, null, null);
    }

    private static TransactionState transaction(Admin admin) {
        try {
            return admin.describeTransactions(List.of(TRANSACTIONAL_ID))
                    .description(TRANSACTIONAL_ID)
                    .get()
                    .state();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private Map<String, Object> client() {
        return Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    }
}
