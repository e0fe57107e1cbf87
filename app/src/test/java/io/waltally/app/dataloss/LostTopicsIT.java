package io.waltally.app.dataloss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.run.Instance;
import io.waltally.app.run.role.RoleName;
import io.waltally.app.tally.CommittedReader;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.StreamsState;
import io.waltally.schemas.control.StreamsStateKey;
import io.waltally.schemas.topic.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kafka lost a part of what tallies were made from, or tallies themselves: topics or records were deleted, offsets
 * expired. The loss is reported, and after the reported remedy every tally equals SQL. Each test begins and ends with an
 * application that has stopped in order.
 */
class LostTopicsIT {
    private static final String WAY_OUT = "--delete --group " + DataLossFixture.ID;
    private static final String OBJECTS = "s3.public.object_locations";

    /** Up to the end, to Kafka. */
    private static final long ALL = -1;

    @TempDir
    private static Path directory;

    private static DataLossFixture application;

    @BeforeAll
    static void startApplication() throws Exception {
        application = new DataLossFixture(directory);
    }

    @AfterAll
    static void closeServers() {
        application.close();
    }

    @Test
    void topicsOfResultsAndPositionsThatWereDeleted() throws Exception {
        for (String topic :
                List.of("outbox.notifications", "agg.backend-quotas", "_waltally.watermarks", "_waltally.applied")) {
            application.deleteTopics(List.of(topic));
            assertStartRefused(topic + " was deleted and created again");
        }
        resetApplication();
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            for (Source source : Source.values()) {
                assertThat(application.resumed(instance, source)).contains("Kafka has no watermark of " + source);
            }
            application.write();
            application.awaitEqual(instance);
        }
    }

    @Test
    void recordsOfATallyTopicThatAreDeletedWhileItIsRead() throws Exception {
        String lost = "records that tallies are read from were deleted";
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            deleteRecords("agg.backend-quotas");
            DataLossFixture.await(() -> instance.ended().isPresent(), () -> "runs on");
            assertThat(instance.ended().orElseThrow()).contains("agg.backend-quotas-", lost);
        }
        assertStartRefused(lost);
        resetApplication();
        application.runAndWrite();
        // The topic begins where it began then.
        application.runAndWrite();
    }

    @Test
    void recordsOfInternalTopicsThatWereDeleted() throws Exception {
        TopicPartition subtotals = new TopicPartition(DataLossFixture.ID + "-storage-subtotals-repartition", 0);
        long end = end(subtotals);
        commit(subtotals, end + 1);
        assertStartRefused(subtotals + " ends at " + end);
        commit(subtotals, end);
        append(subtotals);
        application
                .admin()
                .deleteRecords(Map.of(subtotals, RecordsToDelete.beforeOffset(ALL)))
                .all()
                .get();
        assertStartRefused(subtotals + " begins at " + (end + 1));
        deleteRecords(DataLossFixture.ID + "-s3-state-changelog");
        assertStartRefused("records that stores are rebuilt from were deleted");
        resetApplication();
        application.runAndWrite();
    }

    private static long end(TopicPartition partition) throws Exception {
        return application
                .admin()
                .listOffsets(Map.of(partition, OffsetSpec.latest()))
                .partitionResult(partition)
                .get()
                .offset();
    }

    private static void commit(TopicPartition partition, long offset) throws Exception {
        application
                .admin()
                .alterConsumerGroupOffsets(DataLossFixture.ID, Map.of(partition, new OffsetAndMetadata(offset)))
                .all()
                .get();
    }

    private static void append(TopicPartition partition) throws Exception {
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.copyOf(application.configuration("state").kafka().properties()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(partition.topic(), partition.partition(), new byte[0], new byte[0]))
                    .get();
        }
    }

    @Test
    void aTallyTopicThatIsDeletedWhileItIsRead() throws Exception {
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            application.deleteTopics(List.of("agg.bucket-usage"));
            DataLossFixture.await(() -> instance.ended().isPresent(), () -> "runs on");
            assertThat(instance.ended().orElseThrow()).contains("topic agg.bucket-usage");
        }
        assertStartRefused("agg.bucket-usage was deleted and created again");
        resetApplication();
        application.runAndWrite();
    }

    @Test
    void internalTopicsThatWereDeleted() throws Exception {
        application.deleteTopics(List.of(DataLossFixture.ID + "-storage-subtotals-repartition"));
        assertStartRefused(DataLossFixture.ID + "-storage-subtotals-repartition does not exist any more");
        application.deleteTopics(List.of(DataLossFixture.ID + "-s3-state-changelog"));
        assertStartRefused(DataLossFixture.ID + "-s3-state-changelog does not exist any more");
        application.deleteGroup();
        assertStartRefused(DataLossFixture.ID + "-s3-state-changelog does not exist any more");
        resetApplication();
        application.runAndWrite();
    }

    /** As after a change of the topologies: nothing says that the changelog ever existed. */
    @Test
    void stateOfAnotherVersion() throws Exception {
        application.deleteTopics(List.of(DataLossFixture.ID + "-s3-state-changelog", "_waltally.states"));
        assertStartRefused(
                application.configuration("another"),
                "there is no topic " + DataLossFixture.ID + "-s3-state-changelog");
        resetApplication();
        application.runAndWrite();
    }

    /** A version whose topologies have one store more than those that the state was made by. */
    @Test
    void aStoreThatEarlierVersionsDidNotHave() throws Exception {
        record(new StreamsState(
                application.admin().describeCluster().clusterId().get(),
                application
                        .configuration("state")
                        .streams()
                        .pipeline()
                        .payloadLength()
                        .toString(),
                Map.of(),
                List.of("records"),
                null,
                Instant.now(),
                Map.of(),
                Map.of()));
        assertStartRefused("there is no store ");
        resetApplication();
        application.runAndWrite();
    }

    private static void record(StreamsState state) throws Exception {
        Configuration configuration = application.configuration("state");
        Topic<StreamsStateKey, StreamsState> states = configuration.catalogue().streamsStates();
        try (Producer<StreamsStateKey, StreamsState> producer = new KafkaProducer<>(
                Map.copyOf(configuration.kafka().properties()),
                states.keySerde().serializer(),
                states.valueSerde().serializer())) {
            producer.send(new ProducerRecord<>(states.name(), new StreamsStateKey(DataLossFixture.ID, ""), state))
                    .get();
        }
    }

    @Test
    void aCdcTopicThatWasRecreated() throws Exception {
        application.deleteTopics(List.of(OBJECTS));
        assertStartRefused(OBJECTS + " was deleted and created again");
        // Where no local state says so.
        assertStartRefused(application.configuration("fresh"), OBJECTS + " was deleted and created again");
        resetApplication();
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            assertThat(application.resumed(instance, Source.S3)).contains(OBJECTS);
            application.write();
            application.awaitEqual(instance);
        }
    }

    @Test
    void offsetsThatExpired() throws Exception {
        application.deleteGroup();
        // Everything was read, so no deletion can have been missed however long nothing ran.
        recordAsUsedAt(Instant.now().minus(Duration.ofDays(9)));
        application.runAndWrite();
    }

    @Test
    void recordsThatWereDeletedBeforeTheyWereTallied() throws Exception {
        try (Instance instance = application.start(EnumSet.of(RoleName.CAPTURE))) {
            application.write();
            DataLossFixture.awaitCaptured(instance, application.position());
        }
        recordAsUsedAt(Instant.now().minus(Duration.ofDays(9)));
        assertStartRefused("has records that were not read. Its topic keeps deletions for 192 h");
        recordAsUsedAt(Instant.now().minus(Duration.ofDays(7)));
        deleteRecords(OBJECTS);
        assertStartRefused("records were deleted before they were tallied");
        resetApplication();
        try (Instance instance = application.start(EnumSet.allOf(RoleName.class))) {
            assertThat(application.resumed(instance, Source.S3)).contains(OBJECTS, "records before were deleted");
            application.write();
            application.awaitEqual(instance);
        }
    }

    @Test
    void aRegistryThatWasReplaced() throws Exception {
        application.replaceRegistry();
        assertThatThrownBy(() -> application.runAndWrite())
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(
                        "registry.url",
                        "what the state of application " + DataLossFixture.ID + " was made from",
                        "docs/tallies.md#changing-it");
        // As described there.
        application.dropSlots();
        application.deleteGroup();
        application.deleteTopics(application.admin().listTopics().names().get().stream()
                .filter(name -> !name.startsWith("__"))
                .toList());
        application.runAndWrite();
    }

    private static void recordAsUsedAt(Instant time) throws Exception {
        Configuration configuration = application.configuration("state");
        List<StreamsState> states = new ArrayList<>();
        try (CommittedReader reader = new CommittedReader(configuration.kafka())) {
            reader.from(configuration.catalogue().streamsStates(), (key, state, record) -> {
                        if (key.getApplication().equals(DataLossFixture.ID)
                                && key.getDirectory().isEmpty()) {
                            states.add(state);
                        }
                    })
                    .readToEnd();
        }
        record(StreamsState.newBuilder(states.get(states.size() - 1))
                .setUsedAt(time)
                .build());
    }

    private static void assertStartRefused(String reason) {
        assertStartRefused(application.configuration("state"), reason);
    }

    private static void assertStartRefused(Configuration refused, String reason) {
        assertThatThrownBy(() -> application
                        .start(refused, EnumSet.allOf(RoleName.class))
                        .close())
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(reason, WAY_OUT);
    }

    /** The two commands that the error names. */
    private static void resetApplication() throws Exception {
        application.deleteGroup();
        application.deleteTopics(application.admin().listTopics().names().get().stream()
                .filter(name -> name.startsWith(DataLossFixture.ID + "-"))
                .toList());
    }

    /** Kafka allows it of topics with a retention only. */
    private static void deleteRecords(String topic) throws Exception {
        setCleanupPolicy(topic, "compact,delete");
        Map<TopicPartition, RecordsToDelete> all =
                application
                        .admin()
                        .describeTopics(List.of(topic))
                        .allTopicNames()
                        .get()
                        .get(topic)
                        .partitions()
                        .stream()
                        .collect(Collectors.toMap(
                                partition -> new TopicPartition(topic, partition.partition()),
                                partition -> RecordsToDelete.beforeOffset(ALL)));
        DataLossFixture.await(() -> deleted(all), () -> "the broker has not applied the retention");
        setCleanupPolicy(topic, "compact");
    }

    /** The broker acknowledges a policy before it applies it. */
    private static boolean deleted(Map<TopicPartition, RecordsToDelete> records) {
        try {
            application.admin().deleteRecords(records).all().get();
            return true;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(PolicyViolationException.class);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static void setCleanupPolicy(String topic, String policy) throws Exception {
        application
                .admin()
                .incrementalAlterConfigs(Map.of(
                        new ConfigResource(ConfigResource.Type.TOPIC, topic),
                        List.of(new AlterConfigOp(
                                new ConfigEntry(TopicConfig.CLEANUP_POLICY_CONFIG, policy), AlterConfigOp.OpType.SET))))
                .all()
                .get();
    }
}
