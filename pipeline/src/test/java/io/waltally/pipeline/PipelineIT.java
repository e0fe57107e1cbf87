package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.embedded.KafkaBroker;
import io.waltally.embedded.ServerOptions;
import io.waltally.pipeline.topic.RoutedPartitioner;
import io.waltally.pipeline.view.UserTallies;
import io.waltally.schemas.AvroSerdes;
import io.waltally.schemas.Source;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.TopicProvisioning;
import io.waltally.schemas.TopicSettings;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several partitions, several instances that come and go, on a real broker. */
class PipelineIT {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int REPLICATION_FACTOR = 2;

    private static KafkaBroker kafka;

    @TempDir
    private Path directory;

    private final TopicCatalogue topics =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://" + UUID.randomUUID()));
    private final List<KafkaStreams> instances = new ArrayList<>();
    private final Pipeline pipeline =
            new Pipeline(PipelineDriver.replicating(REPLICATION_FACTOR, Duration.ofSeconds(1)), topics);

    @BeforeAll
    static void startKafka() {
        kafka = KafkaBroker.start(ServerOptions.ephemeral());
    }

    @AfterEach
    void stop() {
        instances.forEach(KafkaStreams::close);
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @Test
    void talliesAndNotificationsAreExactWhileInstancesComeAndGo() {
        long seed = Long.getLong("waltally.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        try (Admin admin = Admin.create(client())) {
            new TopicProvisioning(admin).create(topics.all());
        }
        Instant yesterday = Instant.now().minus(Duration.ofDays(1)).truncatedTo(ChronoUnit.MICROS);
        ObjectStoreModel store = new ObjectStoreModel(topics, yesterday);
        SyncModel sync = new SyncModel(topics, yesterday);
        sync.name(7, "bookmarks");
        sync.name(3, "forms");

        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of(
                                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                                kafka.bootstrapServers(),
                                ProducerConfig.LINGER_MS_CONFIG,
                                1),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
                CommittedRecords written = new CommittedRecords()) {
            // Given
            KafkaStreams first = start("first");
            change(store, sync, random, producer);
            written.await(() -> assertEqual(written, store, sync));

            KafkaStreams second = start("second");
            change(store, sync, random, producer);
            first.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            change(store, sync, random, producer);
            // Nothing is left of the first one's state.
            KafkaStreams third = start("third");
            second.close();
            change(store, sync, random, producer);

            // Then
            written.await(() -> assertEqual(written, store, sync));
            written.await(() -> {
                for (long user = 1; user <= 3; user++) {
                    long id = user;
                    assertThat(users(third, id).collections(id).size())
                            .isEqualTo((int) Histories.last(written, topics.userCollections()).keySet().stream()
                                    .filter(key -> key.getUserId() == id)
                                    .count());
                }
            });
        }
    }

    private KafkaStreams start(String instance) {
        Map<String, Object> properties = new HashMap<>(client());
        properties.put(
                StreamsConfig.STATE_DIR_CONFIG, directory.resolve(instance).toString());
        KafkaStreams streams = new KafkaStreams(pipeline.topology(), pipeline.properties(properties));
        instances.add(streams);
        streams.start();
        return streams;
    }

    private UserTallies users(KafkaStreams streams, long userId) {
        int partition = new RoutedPartitioner<UserKey, Object>(
                        topics.userStorage().routing())
                .partitions(
                        topics.userStorage().name(),
                        new UserKey(userId),
                        "",
                        topics.userStorage().partitions())
                .orElseThrow()
                .iterator()
                .next();
        return UserTallies.of(topics, streams, partition);
    }

    private static Map<String, Object> client() {
        return Map.of(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    }

    private void change(ObjectStoreModel store, SyncModel sync, Random random, KafkaProducer<byte[], byte[]> producer) {
        int storeWritten = store.log.entries().size();
        int syncWritten = sync.log.entries().size();
        for (int i = 0; i < 100; i++) {
            Histories.change(store, random);
            Histories.change(sync, random);
        }
        write(store.log, storeWritten, Source.S3, producer);
        write(sync.log, syncWritten == 2 ? 0 : syncWritten, Source.SYNC, producer);
    }

    private void write(CapturedLog log, int from, Source source, KafkaProducer<byte[], byte[]> producer) {
        log.entries().subList(from, log.entries().size()).forEach(entry -> send(producer, record(entry)));
        producer.flush();
        Topic<WatermarkKey, Watermark> watermarks = topics.watermarks();
        send(
                producer,
                new ProducerRecord<>(
                        watermarks.name(),
                        watermarks.keySerde().serializer().serialize(watermarks.name(), new WatermarkKey(source.id())),
                        watermarks.valueSerde().serializer().serialize(watermarks.name(), log.watermark())));
        producer.flush();
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
        // What is not written is missing in the end.
        var unused = producer.send(record);
    }

    private static <K extends SpecificRecord, R> ProducerRecord<byte[], byte[]> record(CapturedLog.Entry<K, R> entry) {
        String topic = entry.topic().name();
        return new ProducerRecord<>(
                topic,
                entry.partition(),
                entry.time().toEpochMilli(),
                entry.topic().keySerde().serializer().serialize(topic, entry.key()),
                entry.topic().valueSerde().serializer().serialize(topic, entry.change()),
                entry.headers());
    }

    private void assertEqual(CommittedRecords written, ObjectStoreModel store, SyncModel sync) {
        Histories.assertEqual(written, topics, store);
        ReplicaModel replicas = new ReplicaModel(REPLICATION_FACTOR, Duration.ZERO);
        replicas.see(store);
        Histories.assertReplicas(written, topics, replicas.counts(Instant.MAX));
        Histories.assertEqual(written, topics, sync, Instant.now());
        List<String> notified = Histories.notified(written, topics);
        assertThat(Histories.byObject(notified)).isEqualTo(Histories.byObject(store.notified));
    }

    /** What a read_committed consumer sees of the pipeline's topics. */
    private final class CommittedRecords implements Histories.Written, AutoCloseable {
        private final Map<String, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
        private final KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        kafka.bootstrapServers(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed",
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());

        CommittedRecords() {
            List<TopicPartition> partitions = new ArrayList<>();
            for (Topic<?, ?> topic : List.of(
                    topics.backendQuotas(),
                    topics.backendUsage(),
                    topics.bucketUsage(),
                    topics.userCollections(),
                    topics.userStorage(),
                    topics.notifications())) {
                for (int partition = 0; partition < topic.partitions(); partition++) {
                    partitions.add(new TopicPartition(topic.name(), partition));
                }
            }
            consumer.assign(partitions);
        }

        /** Polls until the assertion holds. */
        void await(Runnable assertion) {
            Instant deadline = Instant.now().plus(PATIENCE);
            while (true) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> records.computeIfAbsent(record.topic(), name -> new ArrayList<>())
                                .add(record));
                try {
                    assertion.run();
                    return;
                } catch (AssertionError | RuntimeException e) {
                    if (Instant.now().isAfter(deadline)) {
                        throw e;
                    }
                }
            }
        }

        @Override
        public <K, V> List<TestRecord<K, V>> written(Topic<K, V> topic) {
            return records.getOrDefault(topic.name(), List.of()).stream()
                    .map(record -> new TestRecord<>(
                            topic.keySerde().deserializer().deserialize(topic.name(), record.key()),
                            topic.valueSerde().deserializer().deserialize(topic.name(), record.value())))
                    .toList();
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
