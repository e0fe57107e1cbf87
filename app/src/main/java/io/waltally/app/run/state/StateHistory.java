package io.waltally.app.run.state;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.reading.ConfigException;
import io.waltally.app.tally.CommittedReader;
import io.waltally.pipeline.Pipeline;
import io.waltally.schemas.KafkaFutures;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** The topics that an application's state is made from, as they are in Kafka. Not thread-safe. */
final class StateHistory {
    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration ALWAYS = Duration.ofDays(36_500);
    private static final String CHANGELOG = "-changelog";

    private final Configuration configuration;
    private final String application;
    private final Set<String> internal;
    private final Set<String> stores;
    private final Set<String> read;
    private final Set<String> used;
    private final Set<String> tallies;
    private final Map<TopicPartition, Long> ends = new HashMap<>();

    /** @param pipeline the topologies of the application */
    StateHistory(Configuration configuration, TopicCatalogue topics, Pipeline pipeline) {
        this.configuration = configuration;
        this.application = configuration.streams().pipeline().applicationId();
        this.internal = Set.copyOf(pipeline.internalTopics());
        this.stores = pipeline.permanentStores();
        this.read = captured(topics).collect(Collectors.toSet());
        // A global store reads it, without offsets.
        read.remove(topics.collections().name());
        this.used = new HashSet<>(this.internal);
        used.addAll(outside(topics));
        this.tallies = topics.tallies().stream().map(Topic::name).collect(Collectors.toSet());
    }

    Set<String> used() {
        return used;
    }

    /** The identity of state that is made now. */
    StateIdentity now(Admin admin) {
        return new StateIdentity(
                KafkaFutures.get(admin.describeCluster().clusterId()),
                application,
                configuration.streams().pipeline().payloadLength().toString(),
                KafkaFutures.get(admin.listTopics().listings()).stream()
                        .filter(topic -> used.contains(topic.name()))
                        .collect(Collectors.toMap(
                                TopicListing::name, topic -> topic.topicId().toString())),
                stores);
    }

    /**
     * A partition that ends before its recorded end, or begins later than it should, has lost records that state was made
     * from or is rebuilt from.
     *
     * @param accepted as {@link #requireFromBeginning} returned them
     */
    Optional<String> lost(Admin admin, StateIdentity now, Map<String, Long> accepted) {
        Set<TopicPartition> partitions = partitions(admin, now.topics().keySet());
        Map<TopicPartition, Long> found = offsets(admin, partitions, OffsetSpec.latest());
        Optional<String> lost = found.entrySet().stream()
                .filter(end -> end.getValue() < ends.getOrDefault(end.getKey(), 0L))
                .map(end -> end.getKey() + " ends at " + end.getValue() + ", and ended at " + ends.get(end.getKey())
                        + " before: Kafka lost records or was restored")
                .findFirst()
                .or(() -> deleted(beginnings(admin, partitions), accepted));
        if (lost.isEmpty()) {
            ends.putAll(found);
        }
        return lost;
    }

    /**
     * Stores are rebuilt from their changelogs, and instances read the tallies of backends and buckets back. These topics
     * are compacted, which leaves their beginning where it was: a later one means that records were deleted. Resetting the
     * application does not recreate the tally topics, but all tallies are then written again.
     *
     * @param recorded the beginnings of tally topics that were accepted before, by partition
     * @return those that are accepted from now on
     */
    Map<String, Long> requireFromBeginning(StateIdentity now, Map<String, Long> recorded) {
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            Map<TopicPartition, Long> found =
                    beginnings(admin, partitions(admin, now.topics().keySet()));
            if (hasNoState(now)) {
                return found.entrySet().stream()
                        .filter(beginning -> beginning.getValue() > 0)
                        .collect(
                                Collectors.toMap(beginning -> beginning.getKey().toString(), Map.Entry::getValue));
            }
            deleted(found, recorded).ifPresent(reason -> {
                throw resetRequired(reason);
            });
            return recorded;
        }
    }

    private Map<TopicPartition, Long> beginnings(Admin admin, Set<TopicPartition> partitions) {
        Set<TopicPartition> compacted = partitions.stream()
                .filter(partition -> isChangelog(partition.topic()) || tallies.contains(partition.topic()))
                .collect(Collectors.toSet());
        return offsets(admin, compacted, OffsetSpec.earliest());
    }

    private static Optional<String> deleted(Map<TopicPartition, Long> beginnings, Map<String, Long> accepted) {
        return beginnings.entrySet().stream()
                .filter(beginning -> beginning.getValue()
                        > accepted.getOrDefault(beginning.getKey().toString(), 0L))
                .findFirst()
                .map(beginning -> beginning.getKey() + " begins at " + beginning.getValue()
                        + ": records that "
                        + (isChangelog(beginning.getKey().topic()) ? "stores are rebuilt" : "tallies are read")
                        + " from were deleted, by a retention or by hand");
    }

    private static boolean isChangelog(String topic) {
        return topic.endsWith(CHANGELOG);
    }

    private static Set<TopicPartition> partitions(Admin admin, Set<String> topics) {
        return KafkaFutures.get(admin.describeTopics(topics).allTopicNames()).values().stream()
                .flatMap(topic -> topic.partitions().stream()
                        .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                .collect(Collectors.toSet());
    }

    private static Map<TopicPartition, Long> offsets(
            Admin admin, Set<TopicPartition> partitions, OffsetSpec specification) {
        Map<TopicPartition, OffsetSpec> requested =
                partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> specification));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        KafkaFutures.get(admin.listOffsets(requested).all())
                .forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
    }

    /**
     * Committed offsets and the other changelogs depend on the state of a lost changelog. If all of them are gone, the
     * topologies read the cdc topics from the beginning, and state becomes correct.
     */
    void requireNothingLeft(StateIdentity before, StateIdentity now, String reason) {
        boolean left = before.topics().entrySet().stream()
                .filter(topic -> internal.contains(topic.getKey()))
                .anyMatch(topic -> topic.getValue().equals(now.topics().get(topic.getKey())));
        if (left || hasCommittedOffsets()) {
            throw resetRequired(
                    reason + ": a topic that the state was made from no longer exists, and the committed offsets and"
                            + " the internal topics depend on it");
        }
    }

    /**
     * A store that the topologies of an earlier version did not have, or had by another name, would be empty behind the
     * committed offsets.
     *
     * @param before as recorded in Kafka
     */
    void requireStateOfThisVersion(Optional<StateIdentity> before, StateIdentity now) {
        requireAll("topic", internal, now.topics().keySet());
        before.ifPresent(made -> requireAll("store", now.stores(), made.stores()));
    }

    private void requireAll(String kind, Set<String> needed, Set<String> present) {
        Set<String> missing = new TreeSet<>(needed);
        missing.removeAll(present);
        if (!missing.isEmpty() && hasCommittedOffsets()) {
            String more = missing.size() > 1 ? " and " + (missing.size() - 1) + " more" : "";
            throw resetRequired("there is no " + kind + " " + missing.iterator().next() + more
                    + ": the state was made by another version, and the committed offsets depend on it");
        }
    }

    private boolean hasCommittedOffsets() {
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            return !KafkaFutures.get(admin.listConsumerGroupOffsets(application).partitionsToOffsetAndMetadata())
                    .isEmpty();
        }
    }

    /** The next records to read may be lost, or the topic may have been created anew without them. */
    void requireUnreadRecords(StateIdentity now) {
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            Set<TopicPartition> partitions = partitions(admin, now.topics().keySet());
            // In this order: other instances read on, and delete what they have read of a repartition topic.
            Map<TopicPartition, Long> begins = offsets(admin, partitions, OffsetSpec.earliest());
            Map<TopicPartition, OffsetAndMetadata> committed =
                    new HashMap<>(KafkaFutures.get(admin.listConsumerGroupOffsets(
                                    application, new ListConsumerGroupOffsetsOptions().requireStable(true))
                            .partitionsToOffsetAndMetadata()));
            Map<TopicPartition, Long> last = offsets(admin, partitions, OffsetSpec.latest());
            committed.keySet().retainAll(partitions);
            committed.values().removeIf(Objects::isNull);
            committed.forEach((partition, next) -> {
                if (next.offset() > last.get(partition)) {
                    throw resetRequired(partition + " ends at " + last.get(partition) + ", and was read up to "
                            + next.offset() + ": the topic was created anew, or Kafka lost records or was restored");
                }
                if (next.offset() < begins.get(partition)) {
                    throw resetRequired(partition + " begins at " + begins.get(partition) + ", and " + next.offset()
                            + " was to be read next: records were deleted before they were tallied");
                }
            });
        }
    }

    /** The committed offsets in the cdc topics, by partition. */
    Map<String, Long> positions() {
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            Map<String, Long> positions = new HashMap<>();
            KafkaFutures.get(admin.listConsumerGroupOffsets(application).partitionsToOffsetAndMetadata())
                    .forEach((partition, committed) -> {
                        if (committed != null && read.contains(partition.topic())) {
                            positions.put(partition.toString(), committed.offset());
                        }
                    });
            return positions;
        }
    }

    /**
     * Rows that were deleted while no instance ran have left no record, once their tombstones are gone: they would stay in
     * the state.
     *
     * @param usedAt when an instance last ran
     * @param positions the offsets that were committed by then, by partition
     */
    void requireDeletionsKept(StateIdentity now, Instant usedAt, Map<String, Long> positions) {
        if (hasNoState(now)) {
            return;
        }
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            Set<String> there = KafkaFutures.get(admin.listTopics().names());
            Set<String> topics = read.stream().filter(there::contains).collect(Collectors.toSet());
            Duration kept = deletionsKept(admin, topics);
            if (usedAt.plus(kept).isAfter(Instant.now())) {
                return;
            }
            Map<String, Long> known = new HashMap<>(positions);
            known.putAll(positions());
            unread(admin, topics, known).ifPresent(partition -> {
                throw resetRequired("no instance has run since " + usedAt + ", and " + partition
                        + " has records that were not read. Its topic keeps deletions for " + kept.toHours()
                        + " h: rows that were deleted before could stay in the tallies");
            });
        }
    }

    /** Everything is then read from the beginning. */
    private boolean hasNoState(StateIdentity now) {
        return internal.stream().noneMatch(now.topics()::containsKey);
    }

    private static Duration deletionsKept(Admin admin, Set<String> topics) {
        return KafkaFutures.get(admin.describeConfigs(topics.stream()
                                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                                .toList())
                        .all())
                .values()
                .stream()
                .map(config -> Duration.ofMillis(Math.addExact(
                        Long.parseLong(config.get(TopicConfig.DELETE_RETENTION_MS_CONFIG)
                                .value()),
                        Long.parseLong(config.get(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG)
                                .value()))))
                .min(Comparator.naturalOrder())
                .orElse(ALWAYS);
    }

    /** A partition with records behind what was read of it; markers of transactions are none. */
    private Optional<TopicPartition> unread(Admin admin, Set<String> topics, Map<String, Long> positions) {
        try (Consumer<byte[], byte[]> consumer = CommittedReader.consumer(configuration.kafka(), Map.of())) {
            Set<TopicPartition> partitions = partitions(admin, topics);
            consumer.assign(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.beginningOffsets(partitions)
                    .forEach((partition, first) -> consumer.seek(
                            partition, Math.max(first, positions.getOrDefault(partition.toString(), 0L))));
            while (!partitions.stream().allMatch(partition -> consumer.position(partition) >= ends.get(partition))) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                if (!records.isEmpty()) {
                    return Optional.of(records.partitions().iterator().next());
                }
            }
            return Optional.empty();
        }
    }

    private ConfigException resetRequired(String reason) {
        String server = " --bootstrap-server " + configuration.kafka().bootstrapServers();
        return new ConfigException(
                "streams.application-id",
                application,
                reason + "; stop all instances, then let the application begin anew: kafka-streams-application-reset.sh"
                        + server + " --application-id " + application
                        + " deletes its internal topics, kafka-consumer-groups.sh"
                        + server + " --delete --group " + application
                        + " its offsets. The next start reads the cdc topics from"
                        + " their beginning; where they lack rows, capture says so too");
    }

    /** The topics that state is made from, and the topics that its results were written to. */
    private static Set<String> outside(TopicCatalogue topics) {
        Set<String> names = new HashSet<>();
        captured(topics).forEach(names::add);
        topics.ownSchemas().forEach(topic -> names.add(topic.name()));
        names.add(topics.notifications().name());
        names.removeAll(List.of(
                topics.captureFailures().name(),
                topics.streamsStates().name(),
                topics.sinkControls().name(),
                topics.webhookControls().name(),
                topics.deadLetterEvents().name()));
        return names;
    }

    private static Stream<String> captured(TopicCatalogue topics) {
        return Stream.of(Source.values())
                .flatMap(source -> source.defaultTables().stream()
                        .map(table -> topics.changesOf(source, table).name()));
    }
}
