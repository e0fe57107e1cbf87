package io.waltally.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.embedded.KafkaBroker;
import io.waltally.embedded.SchemaRegistry;
import io.waltally.embedded.ServerOptions;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.serde.RegistryAccess;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicSettings;
import io.waltally.sinks.control.SinkControls;
import io.waltally.sinks.engine.Sink;
import io.waltally.sinks.engine.SinkDeadLetters;
import io.waltally.sinks.engine.SinkInput;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.target.CompletePosition;
import io.waltally.sinks.target.Target;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.iceberg.Table;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine with this target, on Kafka and a registry. */
class IcebergSinkIT {
    private static final int TRANSACTIONS = Integer.getInteger("waltally.transactions", 150);
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    private static KafkaBroker kafka;
    private static SchemaRegistry registry;

    @TempDir
    private Path warehouse;

    @BeforeAll
    static void startServers() {
        CompletableFuture<SchemaRegistry> starting =
                CompletableFuture.supplyAsync(() -> SchemaRegistry.start(ServerOptions.ephemeral()));
        kafka = KafkaBroker.start(ServerOptions.ephemeral());
        registry = starting.join();
    }

    @AfterAll
    static void stopServers() {
        registry.close();
        kafka.close();
    }

    @Test
    void eachChangeIsInItsTableOnceWhileInstancesFailAndTwoLead() throws Exception {
        long seed = Long.getLong("waltally.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        String url = registry.uri().toString();
        Map<String, Object> client = Map.of("bootstrap.servers", kafka.bootstrapServers());
        TopicCatalogue catalogue = new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes(url));
        try (Admin admin = Admin.create(client)) {
            new TopicProvisioning(admin).create(catalogue.all());
        }
        TargetHistory history = new TargetHistory(url, new Random(seed), TRANSACTIONS);
        AtomicInteger failures = new AtomicInteger();
        Random chance = new Random(seed);
        Sink sink = new Sink(
                "lake",
                "iceberg",
                warehouse.toString(),
                Source.S3,
                new SinkInput.Transactions(
                        Source.S3, history.topicNames(), new SinkInput.Batching(100, Duration.ofMillis(100))),
                Sink.OnRefused.STOP,
                () -> new FailingTarget(
                        new IcebergTarget("lake", Source.S3, TargetHistory.TABLES, warehouse, RegistryAccess.of(url)),
                        chance,
                        failures),
                Optional::empty);
        try (SinkControls controls = new SinkControls(catalogue, client);
                SinkDeadLetters deadLetters = new SinkDeadLetters(catalogue, client);
                SinkRunner one = new SinkRunner(sink, "one-", catalogue, client, controls, deadLetters)) {
            controls.start();
            one.start();
            // Of another group: each of them believes to lead.
            try (SinkRunner other = new SinkRunner(sink, "other-", catalogue, client, controls, deadLetters)) {
                other.start();
                publish(history, catalogue, client, new Random(seed));
            }
            await(() -> isComplete(history));
        }
        assertThat(failures).hasPositiveValue();
        for (String name : TargetHistory.TABLES) {
            Table table = new Lake(warehouse).table("s3", name);
            assertThat(Lake.rows(table).stream().map(Lake::change))
                    .containsExactlyInAnyOrderElementsOf(history.changes.get(name));
            assertThat(Lake.currentRows(table))
                    .isEqualTo(history.rows.get(name).entrySet().stream()
                            .map(row -> row.getKey() + " " + row.getValue())
                            .toList());
        }
    }

    private boolean isComplete(TargetHistory history) {
        return TargetHistory.TABLES.stream()
                .allMatch(table -> count(table) >= history.changes.get(table).size());
    }

    private long count(String table) {
        if (!warehouse.resolve("s3").resolve(table).toFile().exists()) {
            return 0;
        }
        return Optional.ofNullable(new Lake(warehouse).table("s3", table).currentSnapshot())
                .map(snapshot -> Long.parseLong(snapshot.summary().getOrDefault("total-records", "0")))
                .orElse(0L);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time").isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    /**
     * Publishes as capture does: each Kafka transaction ends with its watermark. There are records of somebody else among
     * the changes.
     */
    private static void publish(
            TargetHistory history, TopicCatalogue catalogue, Map<String, Object> client, Random random)
            throws Exception {
        Map<String, Object> properties = new HashMap<>(client);
        properties.put("transactional.id", "capture");
        Topic<WatermarkKey, Watermark> watermarks = catalogue.watermarks();
        Map<String, Long> ends = new HashMap<>();
        Map<TopicPartition, Long> published = new HashMap<>();
        try (Producer<byte[], byte[]> producer =
                new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            int next = 0;
            while (next < history.watermarks.size()) {
                int last = Math.min(history.watermarks.size(), next + 1 + random.nextInt(4)) - 1;
                TargetHistory.Watermark end = history.watermarks.get(last);
                boolean aborted = random.nextInt(5) == 0;
                producer.beginTransaction();
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (TopicPartition partition : end.ends().keySet()) {
                    sent.add(producer.send(
                            new ProducerRecord<>(partition.topic(), partition.partition(), new byte[] {1}, null)));
                    int from = published.getOrDefault(partition, 0L).intValue();
                    for (ConsumerRecord<byte[], byte[]> record : history.records
                            .get(partition)
                            .subList(from, end.ends().get(partition).intValue())) {
                        sent.add(producer.send(new ProducerRecord<>(
                                record.topic(),
                                record.partition(),
                                record.timestamp(),
                                record.key(),
                                record.value(),
                                record.headers())));
                    }
                }
                producer.flush();
                if (aborted) {
                    producer.abortTransaction();
                    continue;
                }
                for (Future<RecordMetadata> acknowledged : sent) {
                    RecordMetadata metadata = acknowledged.get();
                    ends.put(metadata.topic() + "-" + metadata.partition(), metadata.offset() + 1);
                }
                var unused = producer.send(new ProducerRecord<>(
                        watermarks.name(),
                        TopicCatalogue.watermarkPartition(Source.S3),
                        watermarks
                                .keySerde()
                                .serializer()
                                .serialize(watermarks.name(), new WatermarkKey(Source.S3.id())),
                        watermarks.valueSerde().serializer().serialize(watermarks.name(), watermark(end, ends))));
                producer.commitTransaction();
                published.putAll(end.ends());
                next = last + 1;
            }
        }
    }

    private static Watermark watermark(TargetHistory.Watermark end, Map<String, Long> ends) {
        return Watermark.newBuilder()
                .setLsn(end.completeTo().lsn().value())
                .setEpoch(end.completeTo().epoch())
                .setSystemIdentifier(1)
                .setTimeline(1)
                .setSlot("waltally_s3")
                .setTransactionId(700L)
                .setCommittedAt(end.completeTo().committedAt())
                .setOffsets(Map.copyOf(ends))
                .setSnapshot(null)
                .build();
    }

    /**
     * Fails at random before and after commits, more often at first; nothing of the transaction is cleaned up, as if
     * the process had died.
     */
    private record FailingTarget(Target target, Random random, AtomicInteger failures) implements Target {
        private void mayFail() {
            synchronized (random) {
                if (random.nextInt(failures.get() < 5 ? 3 : 12) == 0) {
                    failures.incrementAndGet();
                    throw new IllegalStateException("a failure that the test wants");
                }
            }
        }

        @Override
        public void check() {
            target.check();
        }

        @Override
        public Map<TopicPartition, Long> claim(WriterClaim claim) {
            return target.claim(claim);
        }

        @Override
        public void release(Collection<TopicPartition> partitions) {
            target.release(partitions);
        }

        @Override
        public Map<TopicPartition, Long> positions(Set<String> topics) {
            return target.positions(topics);
        }

        @Override
        public Map<TopicPartition, Instant> confirmedAt(Set<String> topics) {
            return target.confirmedAt(topics);
        }

        @Override
        public Optional<CompletePosition> completeTo() {
            return target.completeTo();
        }

        @Override
        public Optional<TargetException> refusal(ConsumerRecord<byte[], byte[]> record) {
            return target.refusal(record);
        }

        @Override
        public void begin() {
            target.begin();
        }

        @Override
        public long apply(List<ConsumerRecord<byte[], byte[]>> records) {
            long rows = target.apply(records);
            mayFail();
            return rows;
        }

        @Override
        public void commit(TopicOffsets positions) {
            mayFail();
            target.commit(positions);
            mayFail();
        }

        @Override
        public void rollback() {
            // As after a kill.
        }

        @Override
        public void maintain() {
            target.maintain();
        }

        @Override
        public void close() {
            // As after a kill.
        }
    }
}
