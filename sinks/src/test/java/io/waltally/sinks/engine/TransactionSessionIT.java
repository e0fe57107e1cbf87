package io.waltally.sinks.engine;

import static io.waltally.sinks.SinkFixture.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Source;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.SinkFixture;
import io.waltally.sinks.control.SinkControlWriter;
import io.waltally.sinks.control.SinkControls;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.ResetRequest;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Checks up to which position a target is reported complete, with watermarks that the test writes. */
class TransactionSessionIT {
    private static final String OBJECTS = "object_locations";
    private static final String QUOTAS = "backend_quotas";
    private static final TopicPartition ROWS = new TopicPartition(Source.S3.topicOf(OBJECTS), 0);

    @RegisterExtension
    private final SinkFixture fixture = new SinkFixture();

    private final Memory memory = new Memory();
    private KafkaProducer<byte[], byte[]> producer;
    private long rows;

    @Test
    void aTargetIsCompleteOnlyWhileItsTablesAreWhole() throws Exception {
        // Given
        Map<String, Object> properties = new HashMap<>(fixture.kafka());
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "capture");
        producer =
                fixture.closing(new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()));
        producer.initTransactions();
        SinkControlWriter requests = new SinkControlWriter(fixture.catalogue(), fixture.kafka());
        transaction(0, 100, SnapshotState.COMPLETED, OBJECTS, QUOTAS);
        transaction(0, 200, SnapshotState.COMPLETED, OBJECTS, QUOTAS);
        // When
        SinkRunner runner = start();
        // Then
        awaitPosition(runner, "0 200");
        assertThat(memory.reached())
                .as("compaction may have removed rows of the first watermark")
                .containsExactly("0 200");

        transaction(0, 300, SnapshotState.COMPLETED, OBJECTS);
        awaitPosition(runner, "none");
        assertThat(memory.position()).as("a table is read for the first time").isEqualTo("none");
        waitFor(
                "the reason",
                () -> runner.status()
                        .reason()
                        .equals(Optional.of("not all rows of s3.public.backend_quotas are read from the source yet")));
        transaction(0, 400, SnapshotState.COMPLETED, OBJECTS, QUOTAS);
        awaitPosition(runner, "0 400");

        transaction(1, 10, SnapshotState.RUNNING);
        awaitPosition(runner, "none");
        assertThat(memory.position()).as("rows of two incarnations").isEqualTo("none");
        transaction(1, 20, SnapshotState.COMPLETED, OBJECTS, QUOTAS);
        awaitPosition(runner, "1 20");

        CountDownLatch gate = memory.shut();
        requests.resume("memory", true);
        awaitPosition(runner, "none");
        gate.countDown();
        awaitPosition(runner, "1 20");
        assertThat(memory.reached()).containsExactly("0 200", "0 400", "1 20", "1 20");
    }

    /** A row, and the watermark after it. */
    private void transaction(int epoch, long lsn, SnapshotState state, String... complete) {
        producer.beginTransaction();
        send(new ProducerRecord<>(ROWS.topic(), ROWS.partition(), new byte[] {1}, new byte[] {1}));
        // With the marker of the transaction before.
        long end = 2 * rows + 1;
        rows++;
        Topic<WatermarkKey, Watermark> topic = fixture.catalogue().watermarks();
        Watermark watermark = new Watermark(
                lsn,
                epoch,
                1L,
                1,
                "waltally",
                null,
                Instant.EPOCH,
                Map.of(ROWS.toString(), end),
                new SnapshotProgress(state, 0L, List.of(complete), List.of(), Map.of()),
                null,
                null);
        send(new ProducerRecord<>(
                topic.name(),
                TopicCatalogue.watermarkPartition(Source.S3),
                topic.keySerde().serializer().serialize(topic.name(), new WatermarkKey(Source.S3.id())),
                topic.valueSerde().serializer().serialize(topic.name(), watermark)));
        producer.commitTransaction();
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        var unused = producer.send(record);
    }

    private SinkRunner start() {
        SinkControls controls = fixture.closing(new SinkControls(fixture.catalogue(), fixture.kafka()));
        controls.start();
        Sink sink = new Sink(
                "memory",
                "memory",
                "memory",
                Source.S3,
                // Each watermark is one of a batch of its own.
                new SinkInput.Transactions(
                        Source.S3,
                        Set.of(ROWS.topic(), Source.S3.topicOf(QUOTAS)),
                        new SinkInput.Batching(1, Duration.ZERO)),
                Sink.OnRefused.STOP,
                () -> memory,
                Optional::empty);
        SinkRunner runner = fixture.closing(new SinkRunner(
                sink,
                "test-sink-",
                fixture.catalogue(),
                fixture.kafka(),
                controls,
                fixture.closing(new SinkDeadLetters(fixture.catalogue(), fixture.kafka()))));
        runner.start();
        return runner;
    }

    private static void awaitPosition(SinkRunner runner, String position) throws Exception {
        waitFor(position, () -> text(runner.status().completeTo()).equals(position));
    }

    private static String text(Optional<CompletePosition> position) {
        return position.map(known -> known.epoch() + " " + known.lsn().value()).orElse("none");
    }

    /** Keeps positions only. */
    private static final class Memory implements Target {
        private final Map<TopicPartition, Long> next = new HashMap<>();
        private final List<String> reached = new ArrayList<>();
        private Optional<CompletePosition> completeTo = Optional.empty();
        private Optional<ResetRequest> followed = Optional.empty();
        private CountDownLatch gate = new CountDownLatch(0);

        synchronized CountDownLatch shut() {
            gate = new CountDownLatch(1);
            return gate;
        }

        @Override
        public void check() {
            // Memory is always there.
        }

        synchronized List<String> reached() {
            return List.copyOf(reached);
        }

        synchronized String position() {
            return text(completeTo);
        }

        @Override
        public synchronized Map<TopicPartition, Long> claim(WriterClaim claim) {
            if (!claim.reset().equals(followed)) {
                followed = claim.reset();
                next.clear();
                completeTo = Optional.empty();
            }
            return Map.copyOf(next);
        }

        @Override
        public void release(Collection<TopicPartition> partitions) {}

        @Override
        public synchronized Map<TopicPartition, Long> positions(Set<String> topics) {
            return Map.copyOf(next);
        }

        @Override
        public Map<TopicPartition, Instant> confirmedAt(Set<String> topics) {
            return Map.of();
        }

        @Override
        public synchronized Optional<CompletePosition> completeTo() {
            return completeTo;
        }

        @Override
        public boolean recordsCompleteness() {
            return true;
        }

        @Override
        public synchronized void withdrawCompleteness() {
            completeTo = Optional.empty();
        }

        @Override
        public void begin() {
            CountDownLatch closed;
            synchronized (this) {
                closed = gate;
            }
            try {
                if (!closed.await(1, TimeUnit.MINUTES)) {
                    throw new AssertionError("the gate stays closed");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }

        @Override
        public long apply(List<ConsumerRecord<byte[], byte[]>> records) {
            return records.size();
        }

        @Override
        public synchronized void commit(TopicOffsets positions) {
            next.putAll(positions.next());
            if (positions.completeTo().isPresent()) {
                completeTo = positions.completeTo();
                reached.add(text(completeTo));
            }
        }

        @Override
        public void rollback() {}

        @Override
        public void close() {}
    }
}
