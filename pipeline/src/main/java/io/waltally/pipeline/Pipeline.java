package io.waltally.pipeline;

import io.waltally.pipeline.bucket.BucketUsageTopology;
import io.waltally.pipeline.collection.CollectionTopology;
import io.waltally.pipeline.collection.UserStorageChange;
import io.waltally.pipeline.deadletter.DeadLetterLimit;
import io.waltally.pipeline.notification.object.ObjectNotificationTopology;
import io.waltally.pipeline.notification.row.RowNotificationTopology;
import io.waltally.pipeline.notification.threshold.ThresholdTopology;
import io.waltally.pipeline.progress.GlobalStoreProgress;
import io.waltally.pipeline.progress.ProgressTopology;
import io.waltally.pipeline.progress.SourceProgress;
import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.quota.BackendQuotaTopology;
import io.waltally.pipeline.quota.BackendUsageTopology;
import io.waltally.pipeline.replica.ReplicaTopology;
import io.waltally.pipeline.row.Position;
import io.waltally.pipeline.state.SharedStoresBuilder;
import io.waltally.pipeline.storage.StorageTopology;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.pipeline.table.ObjectStoreRows;
import io.waltally.pipeline.table.SyncRows;
import io.waltally.pipeline.tally.TallyDelta;
import io.waltally.pipeline.view.TallyViewTopology;
import io.waltally.pipeline.view.UserIndexes;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.jspecify.annotations.Nullable;

/**
 * All topologies, and the Kafka Streams settings that their correctness depends on. The topics of the catalogue must
 * exist before a {@code KafkaStreams} of this class starts.
 */
public final class Pipeline {
    /** Settings that exactly-once processing depends on. Users cannot override them. */
    private static final Map<String, Object> OWNED = Map.of(
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2,
            StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true,
            // The views are rebuilt from their own topics.
            StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.REUSE_KTABLE_SOURCE_TOPICS,
            // No tally depends on the order between partitions, so no partition has to wait for another.
            StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED,
            StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, SkipUnreadableRecords.class,
            StreamsConfig.PROCESSOR_WRAPPER_CLASS_CONFIG, RenewProcessors.class,
            StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedMemory.class);

    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100),
            Map.entry(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2),
            // A longer stall costs a rebuild of the stores; after a crash, consumers wait this long for the open
            // transaction.
            Map.entry(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 20_000),
            // After a crash, the partitions of an instance wait this long for another one.
            Map.entry(StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 15_000),
            // A broker answers a request for an offset after the fetch before it, which waits for half a second by
            // default.
            Map.entry(StreamsConfig.restoreConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 50),
            // A second instance holds a copy of the state of the first.
            Map.entry(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1),
            Map.entry(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 16 << 20),
            // A broker refuses a batch that arrives before the previous transaction has completed. The producer retries
            // it after this time.
            Map.entry(StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG), 10),
            Map.entry(StreamsConfig.topicPrefix(TopicConfig.SEGMENT_BYTES_CONFIG), 64 << 20),
            // A dead letter is as large as its record.
            Map.entry(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES));

    /**
     * Kafka Streams 4.3 sleeps for the main consumer's first backoff after each internal topic that it creates
     * (KAFKA-21033). With the default of 100 ms a first start takes seven seconds longer; but as often as the
     * backoff says, the heartbeat thread of a consumer wakes.
     */
    private static final int BACKOFF_MILLIS_TO_CREATE_TOPICS = 5;

    /** Name of the store that each sub-topology with state shares, by one of the stores that write to it. */
    private static final Map<String, String> SHARED_STORES = Map.of(
            ObjectStoreRows.OBJECTS_STORE, "s3-state",
            StorageTopology.SUMMED_STORE, "storage-state",
            SyncRows.RECORDS_STORE, "sync-state");

    private static final Duration MAX_IDLE_POLL = Duration.ofMillis(250);

    private final PipelineConfig config;
    private final TopicCatalogue topics;
    private final UserIndexes userIndexes = new UserIndexes();
    private @Nullable Layout layout;

    /**
     * The names and the fingerprint that are derived from the described topology.
     *
     * @param fingerprint a hash
     * @param stores names of the stores that write to shared ones
     * @param topics names of internal topics
     */
    private record Layout(String fingerprint, Set<String> stores, Set<String> topics) {}

    public Pipeline(PipelineConfig config, TopicCatalogue topics) {
        this.config = config;
        this.topics = topics;
    }

    /** The users of the partitions that are processed here, while the topology runs. */
    public UserIndexes userIndexes() {
        return userIndexes;
    }

    /**
     * Names of the databases that several state stores write to: a key begins with the name of its store and a zero
     * byte.
     */
    public static Set<String> sharedStores() {
        return Set.copyOf(SHARED_STORES.values());
    }

    /** Builds the topology; starts nothing. */
    public Topology topology() {
        return topology(SharedStoresBuilder::new);
    }

    /** @param builders a test's builder may replace the state stores */
    Topology topology(BiFunction<TopologyConfig, Map<String, String>, SharedStoresBuilder> builders) {
        return addTo(builders.apply(new TopologyConfig(new StreamsConfig(buildProperties())), SHARED_STORES))
                .build(buildProperties());
    }

    private Properties buildProperties() {
        Properties properties = new Properties();
        properties.putAll(DEFAULTS);
        properties.putAll(OWNED);
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none.is.asked:9092");
        return properties;
    }

    private SharedStoresBuilder addTo(SharedStoresBuilder builder) {
        ProgressTopology progress = new ProgressTopology(topics, config.emitInterval());
        progress.addTo(builder);
        DeadLetterLimit deadLetterLimit = new DeadLetterLimit(config.maxUnprocessablePerMinute());
        addObjectStore(builder, progress, deadLetterLimit);
        addSync(builder, progress, deadLetterLimit);

        new TallyViewTopology(topics, userIndexes).addTo(builder);
        return builder;
    }

    /** A hash of the topology. Instances with equal fingerprints have the same tasks and can share partitions. */
    public String fingerprint() {
        return layout().fingerprint();
    }

    /** The names of the topics that Kafka Streams creates for the application. */
    public Set<String> internalTopics() {
        return layout().topics();
    }

    /** The names of the state stores that write to shared ones, but those that a setting may add later. */
    public Set<String> permanentStores() {
        return new Pipeline(config.withoutCollectionNotifications(), topics)
                .layout()
                .stores();
    }

    private synchronized Layout layout() {
        if (layout == null) {
            SharedStoresBuilder builder =
                    new SharedStoresBuilder(new TopologyConfig(new StreamsConfig(buildProperties())), SHARED_STORES);
            TopologyDescription description =
                    addTo(builder).build(buildProperties()).describe();
            layout = new Layout(
                    Integer.toHexString(description.toString().hashCode()),
                    builder.sharedStoreMembers(),
                    internalTopics(description, builder.sharedStoreMembers()));
        }
        return layout;
    }

    private Set<String> internalTopics(TopologyDescription description, Set<String> sharedStoreMembers) {
        Set<String> names = new HashSet<>();
        String prefix = config.applicationId() + "-";
        description.subtopologies().stream()
                .flatMap(subtopology -> subtopology.nodes().stream())
                .forEach(node -> {
                    if (node instanceof TopologyDescription.Processor processor) {
                        processor.stores().stream()
                                .filter(store -> !sharedStoreMembers.contains(store)
                                        && !TallyViewTopology.STORES_WITHOUT_CHANGELOG.contains(store))
                                .forEach(store -> names.add(prefix + store + "-changelog"));
                    } else if (node instanceof TopologyDescription.Source source) {
                        source.topicSet().stream()
                                .filter(topic -> topic.endsWith("-repartition"))
                                .forEach(topic -> names.add(prefix + topic));
                    }
                });
        return names;
    }

    /** The time that an idle thread polls: no longer than the interval at which records expire. */
    private Duration idlePoll() {
        Duration interval = config.expiryInterval();
        if (interval.compareTo(IdlePolling.POLL) < 0) {
            return IdlePolling.POLL;
        }
        return interval.compareTo(MAX_IDLE_POLL) < 0 ? interval : MAX_IDLE_POLL;
    }

    private void addObjectStore(StreamsBuilder builder, ProgressTopology progress, DeadLetterLimit deadLetterLimit) {
        ObjectStoreRows rows = ObjectStoreRows.addTo(builder, topics, deadLetterLimit);
        KStream<String, SourceProgress> reached = progress.measure(
                builder, Source.S3, ObjectStoreRows.tables(), rows.all(), GlobalStoreProgress.NO_GLOBAL_STORE);
        KStream<String, Position> complete = positions(reached, Source.S3);
        KStream<TallySubject, TallyDelta> replicas =
                new ReplicaTopology(config.replication(), config.expiryInterval()).addTo(builder, rows);
        StorageTopology.Storage storage = new StorageTopology(
                        topics.objectLocations().partitions(), config.emitInterval())
                .addTo(builder, rows, replicas, complete);
        StageOutput stored = new StageOutput(OutputStage.STORAGE, topics).addTo(builder);
        new BackendQuotaTopology(topics.backendQuotas()).addTo(storage.changes(), stored);
        new BucketUsageTopology(topics.bucketUsage()).addTo(storage.changes(), stored);
        stored.emit(storage.complete());
        KStream<BackendPeriodKey, BackendUsage> usage = new BackendUsageTopology(
                        topics.backendUsage(), config.usageLimits())
                .addTo(builder, rows, complete, new StageOutput(OutputStage.USAGE, topics).addTo(builder));
        new ObjectNotificationTopology(topics, config.replication())
                .addTo(
                        builder,
                        rows,
                        reached,
                        complete,
                        new StageOutput(OutputStage.NOTIFICATIONS, topics).addTo(builder));
        new RowNotificationTopology(topics).addTo(builder, rows);
        ThresholdTopology thresholds = new ThresholdTopology(topics, config.capacityDamping());
        thresholds.warnOfCapacity(builder, storage.transactions(), config.capacityThreshold());
        thresholds.warnOfUsage(builder, usage);
    }

    private void addSync(StreamsBuilder builder, ProgressTopology progress, DeadLetterLimit deadLetterLimit) {
        CollectionTopology collections =
                new CollectionTopology(topics, config.expiryInterval(), config.userQuotaBytes());
        collections.addNamesTo(builder);
        SyncRows rows = SyncRows.addTo(builder, topics, config.payloadLength(), deadLetterLimit);
        KStream<String, Position> complete = positions(
                progress.measure(builder, Source.SYNC, SyncRows.tables(), rows.all(), collections.names()),
                Source.SYNC);
        KStream<Long, UserStorageChange> users = collections.addTo(
                builder, rows, complete, new StageOutput(OutputStage.COLLECTIONS, topics).addTo(builder));
        new ThresholdTopology(topics, config.capacityDamping()).warnOfQuotas(builder, users, config.userQuotaBytes());
        if (config.collectionNotifications()) {
            new RowNotificationTopology(topics).addCollectionsTo(builder, rows);
        }
    }

    private static KStream<String, Position> positions(KStream<String, SourceProgress> reached, Source source) {
        return reached.mapValues(SourceProgress::position, Named.as("reached-position-of-" + source));
    }

    /**
     * Creates the Kafka Streams runtime of the topology, and does not start it.
     *
     * @param client properties of the Kafka cluster, and any Streams property that the pipeline does not own
     * @param existing names of topics that exist
     * @throws IllegalArgumentException naming a property that the pipeline owns
     */
    public KafkaStreams streams(Map<String, ?> client, Set<String> existing) {
        return new KafkaStreams(topology(), properties(client, existing), new LosslessClients());
    }

    Properties properties(Map<String, ?> client, Set<String> existing) {
        Map<String, Object> owned = new HashMap<>(OWNED);
        owned.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
        for (String key : new TreeMap<>(client).keySet()) {
            if (owned.containsKey(key)) {
                throw new IllegalArgumentException(
                        "kafka." + key + " cannot be set: the pipeline sets it to " + owned.get(key) + ", remove it");
            }
        }
        Properties properties = new Properties();
        properties.putAll(DEFAULTS);
        properties.put(StreamsConfig.POLL_MS_CONFIG, idlePoll().toMillis());
        if (!existing.containsAll(internalTopics())) {
            properties.put(
                    StreamsConfig.mainConsumerPrefix(ConsumerConfig.RETRY_BACKOFF_MS_CONFIG),
                    BACKOFF_MILLIS_TO_CREATE_TOPICS);
        }
        properties.putAll(client);
        properties.putAll(owned);
        return properties;
    }
}
