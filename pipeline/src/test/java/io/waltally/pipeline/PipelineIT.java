package io.waltally.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.embedded.KafkaBroker;
import io.waltally.embedded.ServerOptions;
import io.waltally.pipeline.captured.CapturedTopics;
import io.waltally.pipeline.history.AnyTransactionTest;
import io.waltally.pipeline.history.ReferenceClassifier;
import io.waltally.pipeline.model.CombinedHistories;
import io.waltally.pipeline.model.ModelDatabase;
import io.waltally.pipeline.published.Histories;
import io.waltally.pipeline.published.Published;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.topic.RoutedPartitioner;
import io.waltally.pipeline.view.IdRange;
import io.waltally.pipeline.view.UserOrder;
import io.waltally.pipeline.view.UserSelection;
import io.waltally.pipeline.view.UserTallies;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.schemas.topic.TopicSettings;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several partitions and several instances, which come and go, on a real broker. {@code -Dwaltally.histories} is the
 * number of histories side by side, {@code -Dwaltally.seed} repeats them.
 */
class PipelineIT {
    private static final Duration TIMEOUT = Duration.ofMinutes(4);
    private static final int REQUESTS = 10;
    private static final int REPLICATION_FACTOR = 2;
    private static final String GROUP = PipelineConfig.DEFAULTS.applicationId();

    private static KafkaBroker kafka;
    private static ModelDatabase database;

    @TempDir
    private Path directory;

    private final TopicCatalogue topics =
            new TopicCatalogue(TopicSettings.DEFAULTS, new AvroSerdes("mock://" + UUID.randomUUID()));
    private final List<KafkaStreams> instances = new ArrayList<>();
    private final long seed = Long.getLong("waltally.seed", System.nanoTime());
    private final Random random = new Random(seed);

    /** No quota: what fills it depends on what has expired, and that on the time of day. */
    private final PipelineConfig config =
            AnyTransactionTest.config(random, 0, new Replication(REPLICATION_FACTOR, Duration.ofSeconds(1)));

    private final Pipeline pipeline = new Pipeline(config, topics);

    @BeforeAll
    static void startServers() throws SQLException {
        kafka = KafkaBroker.start(ServerOptions.ephemeral());
        database = new ModelDatabase();
    }

    @AfterEach
    void stop() {
        instances.forEach(KafkaStreams::close);
    }

    @AfterAll
    static void stopServers() {
        database.close();
        kafka.close();
    }

    @Test
    void talliesAreWhatSqlSaysAndNotificationsExactWhileInstancesComeAndGo() throws Exception {
        System.out.println("seed " + seed);
        Instant yesterday = Instant.now().minus(Duration.ofDays(1)).truncatedTo(ChronoUnit.MICROS);
        CombinedHistories histories =
                new CombinedHistories(topics, yesterday, Integer.getInteger("waltally.histories", 30), random);
        try (Admin admin = Admin.create(client());
                CapturedTopics captured = new CapturedTopics(topics, kafka.bootstrapServers());
                CommittedRecords written = new CommittedRecords()) {
            new TopicProvisioning(admin).create(topics.all());
            // Given
            KafkaStreams first = start("first");
            extend(histories, captured);
            written.await(() -> assertTallies(written, histories));

            KafkaStreams second = start("second");
            extend(histories, captured);
            leave(first);
            extend(histories, captured);
            // Nothing is left of the first one's state.
            KafkaStreams third = start("third");
            second.close();
            extend(histories, captured);

            // Then
            written.await(() -> {
                assertTallies(written, histories);
                List<String> notified = Histories.notified(written, topics);
                assertThat(Histories.byObject(notified)).isEqualTo(Histories.byObject(notified(histories)));
                assertNotified(written, histories);
            });
            written.await(() -> assertViews(third, written));

            // When: what was read is read again, from somewhere in each partition on, into the same stores
            leave(third);
            written.await(() -> assertThat(members(admin)).isEmpty());
            rewind(admin, random);
            histories.snapshot();
            start("second");
            start("third");
            extend(histories, captured);

            // Then
            written.await(() -> {
                assertTallies(written, histories);
                assertNotified(written, histories);
            });
        }
    }

    private static void leave(KafkaStreams instance) {
        instance.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }

    private static Collection<MemberDescription> members(Admin admin) {
        try {
            return admin.describeConsumerGroups(List.of(GROUP))
                    .describedGroups()
                    .get(GROUP)
                    .get()
                    .members();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> notified(CombinedHistories histories) {
        return histories.stores.stream()
                .flatMap(store -> store.notified.stream())
                .toList();
    }

    private void assertNotified(CommittedRecords written, CombinedHistories histories) {
        assertThat(ReferenceClassifier.events(written, topics))
                .containsExactlyInAnyOrderElementsOf(ReferenceClassifier.classify(topics, config, histories.logs()));
    }

    private static void extend(CombinedHistories histories, CapturedTopics captured) {
        histories.extend(REQUESTS, Duration.ofHours(3));
        histories.logs().forEach(captured::write);
    }

    private void assertTallies(CommittedRecords written, CombinedHistories histories) {
        Published published = new Published(written, topics);
        try {
            assertThat(published.differences(database.s3Tallies(histories.stores, REPLICATION_FACTOR)))
                    .isEmpty();
            assertThat(published.differences(database.syncTallies(histories.syncs, Instant.now())))
                    .isEmpty();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void assertViews(KafkaStreams instance, CommittedRecords written) {
        Map<Long, Long> collections = Histories.last(written, topics.userCollections()).keySet().stream()
                .collect(Collectors.groupingBy(UserCollectionKey::getUserId, Collectors.counting()));
        collections.forEach((user, count) ->
                assertThat(users(instance, user).collections(user)).hasSize(count.intValue()));
        Set<Long> listed = new TreeSet<>();
        for (int partition = 0; partition < topics.userStorage().partitions(); partition++) {
            users(instance, partition)
                    .list(new UserSelection(UserOrder.ID, List.of(IdRange.ALL), Optional.empty()), 10_000)
                    .forEach(user -> listed.add(user.userId()));
        }
        assertThat(listed).isEqualTo(collections.keySet());
    }

    /** Sets the consumer group back in each partition of the cdc topics. */
    private static void rewind(Admin admin, Random random) throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> earlier = new HashMap<>();
        admin.listConsumerGroupOffsets(GROUP)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, committed) -> {
                    if (partition.topic().contains(".public.")) {
                        earlier.put(partition, new OffsetAndMetadata(random.nextLong(committed.offset() + 1)));
                    }
                });
        admin.alterConsumerGroupOffsets(GROUP, earlier).all().get();
    }

    private KafkaStreams start(String instance) {
        Map<String, Object> properties = new HashMap<>(client());
        properties.put(
                StreamsConfig.STATE_DIR_CONFIG, directory.resolve(instance).toString());
        KafkaStreams streams = pipeline.streams(properties, Set.of());
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
        return users(streams, partition);
    }

    private UserTallies users(KafkaStreams streams, int partition) {
        return UserTallies.of(topics, streams, pipeline.userIndexes(), partition);
    }

    private static Map<String, Object> client() {
        return Map.of(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    }

    /** What a read_committed consumer sees of the pipeline's topics. */
    private final class CommittedRecords implements Histories.Written, AutoCloseable {
        private final Map<String, Topic<?, ?>> byName = new HashMap<>();
        private final Map<String, List<TestRecord<?, ?>>> records = new HashMap<>();
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
                byName.put(topic.name(), topic);
                for (int partition = 0; partition < topic.partitions(); partition++) {
                    partitions.add(new TopicPartition(topic.name(), partition));
                }
            }
            consumer.assign(partitions);
        }

        /** Polls until the assertion holds. */
        void await(Runnable assertion) {
            Instant deadline = Instant.now().plus(TIMEOUT);
            while (true) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> records.computeIfAbsent(record.topic(), name -> new ArrayList<>())
                                .add(read(byName.get(record.topic()), record)));
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

        private static <K, V> TestRecord<K, V> read(Topic<K, V> topic, ConsumerRecord<byte[], byte[]> record) {
            return new TestRecord<>(
                    topic.keySerde().deserializer().deserialize(topic.name(), record.key()),
                    topic.valueSerde().deserializer().deserialize(topic.name(), record.value()));
        }

        @Override
        public <K, V> List<TestRecord<K, V>> written(Topic<K, V> topic) {
            @SuppressWarnings("unchecked") // read with the serdes of the topic
            List<TestRecord<K, V>> typed =
                    (List<TestRecord<K, V>>) (List<?>) records.getOrDefault(topic.name(), List.of());
            return typed;
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
