package io.waltally.connectors.capture.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Cleanup;
import io.waltally.schemas.topic.Routing;
import io.waltally.schemas.topic.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.junit.jupiter.api.Test;

class TransactionPublisherTest {
    private static final Topic<WatermarkKey, Watermark> WATERMARKS = new Topic<>(
            "_waltally.watermarks", asText(), asText(), 2, new Cleanup.Compact(Duration.ZERO), Routing.byKey());

    private final Cluster cluster = new Cluster();
    private final TransactionPublisher publisher = new TransactionPublisher(cluster, WATERMARKS, Duration.ofMinutes(1));

    /** The producer itself may end a transaction without what was sent last: ADR 0015. */
    @Test
    void aTransactionEndsOnceTheClusterHasAllOfIt() {
        for (int transaction = 1; transaction <= 3; transaction++) {
            // Given
            publisher.append(
                    new ProducerRecord<>("sync.public.bsos", 0, new byte[] {1}, new byte[] {2}),
                    new ChangeHeaders(Source.SYNC, 0, transaction, transaction, 0, Optional.empty()));
            publisher.endTransaction(new Lsn(transaction));
            // When
            publisher.commit(Source.SYNC, TransactionPublisherTest::watermark);
        }
        // Then
        assertThat(cluster.unacknowledgedAtCommit).containsExactly(0L, 0L, 0L);
        assertThat(cluster.history())
                .extracting(ProducerRecord::topic)
                .containsExactly(
                        "sync.public.bsos",
                        "_waltally.watermarks",
                        "sync.public.bsos",
                        "_waltally.watermarks",
                        "sync.public.bsos",
                        "_waltally.watermarks");
    }

    private static Watermark watermark(Map<String, Long> offsets) {
        SnapshotProgress none = new SnapshotProgress(SnapshotState.COMPLETED, 0L, List.of(), List.of(), Map.of());
        return new Watermark(1L, 0, 7L, 1, "slot", null, Instant.EPOCH, offsets, none, null, null);
    }

    private static <R extends SpecificRecord> Serde<R> asText() {
        return Serdes.serdeFrom(
                (topic, value) -> value.toString().getBytes(StandardCharsets.UTF_8), (topic, bytes) -> null);
    }

    /** Acknowledges what is sent when it is asked to flush, not before. */
    private static final class Cluster extends MockProducer<byte[], byte[]> {
        private final List<Long> unacknowledgedAtCommit = new ArrayList<>();

        Cluster() {
            super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
            initTransactions();
        }

        @Override
        public void commitTransaction() {
            long unacknowledged = 0;
            while (completeNext()) {
                unacknowledged++;
            }
            unacknowledgedAtCommit.add(unacknowledged);
            super.commitTransaction();
        }
    }
}
