package io.waltally.pipeline;

import io.waltally.pipeline.bucket.BucketUsageTopology;
import io.waltally.pipeline.collection.CollectionTopology;
import io.waltally.pipeline.collection.Occupancy;
import io.waltally.pipeline.fold.Movement;
import io.waltally.pipeline.fold.Position;
import io.waltally.pipeline.notification.NotificationTopology;
import io.waltally.pipeline.notification.RowNotificationTopology;
import io.waltally.pipeline.notification.ThresholdTopology;
import io.waltally.pipeline.poison.PoisonLimit;
import io.waltally.pipeline.progress.ProgressTopology;
import io.waltally.pipeline.progress.Reached;
import io.waltally.pipeline.progress.ReadElsewhere;
import io.waltally.pipeline.progress.StageOutput;
import io.waltally.pipeline.quota.BackendQuotaTopology;
import io.waltally.pipeline.quota.BackendUsageTopology;
import io.waltally.pipeline.replica.ReplicaTopology;
import io.waltally.pipeline.rows.ObjectStoreRows;
import io.waltally.pipeline.rows.SyncRows;
import io.waltally.pipeline.storage.StorageTopology;
import io.waltally.pipeline.storage.Subject;
import io.waltally.pipeline.view.TallyViewTopology;
import io.waltally.schemas.Source;
import io.waltally.schemas.Stage;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendUsage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
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
 * The whole of the topologies, and the settings that they need to be right. The topics of the catalogue have to be there
 * before a {@code KafkaStreams} made from these starts.
 */
public final class Pipeline {
    /** What exactness depends on; nobody else may set it. */
    private static final Map<String, Object> OWNED = Map.of(
            StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2,
            StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true,
            // The views are rebuilt from their own topics.
            StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.REUSE_KTABLE_SOURCE_TOPICS,
            // No figure depends on the order between partitions, so none has to wait for another.
            StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED,
            StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedMemory.class);

    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100),
            Map.entry(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2),
            // A stall longer than this costs a rebuild of the stores; a crash holds back consumers for as long.
            Map.entry(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 20_000),
            // How long the partitions of an instance that was killed wait for another one.
            Map.entry(StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 15_000),
            // What asks a broker for an offset waits until it has answered the fetch before: half a second each, of
            // which a
            // start had nine.
            Map.entry(StreamsConfig.globalConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 50),
            Map.entry(StreamsConfig.restoreConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), 50),
            // As soon as there is a second instance it has a copy of the first one's state.
            Map.entry(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1),
            Map.entry(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 16 << 20),
            // A batch that comes before the last transaction is complete at the broker is refused, and sent again after
            // this.
            Map.entry(StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG), 10),
            Map.entry(StreamsConfig.topicPrefix(TopicConfig.SEGMENT_BYTES_CONFIG), 64 << 20),
            // A dead letter is as large as the record that it was.
            Map.entry(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES));

    private final PipelineConfig config;
    private final TopicCatalogue topics;
    private @Nullable TopologyDescription description;

    public Pipeline(PipelineConfig config, TopicCatalogue topics) {
        this.config = config;
        this.topics = topics;
    }

    /** A new topology; starts nothing. */
    public Topology topology() {
        Properties properties = new Properties();
        properties.putAll(DEFAULTS);
        properties.putAll(OWNED);
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, config.applicationId());
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none.is.asked:9092");
        StreamsBuilder builder = new StreamsBuilder(new TopologyConfig(new StreamsConfig(properties)));

        ProgressTopology progress = new ProgressTopology(topics, config.tellInterval());
        progress.addTo(builder);
        PoisonLimit poisonLimit = new PoisonLimit(config.maxPoisonPerMinute());
        tallyObjectStore(builder, progress, poisonLimit);
        tallySync(builder, progress, poisonLimit);

        new TallyViewTopology(topics).addTo(builder);
        return builder.build(properties);
    }

    /** The same as long as the topology is, and with it the tasks among which partitions are shared. */
    public String fingerprint() {
        return Integer.toHexString(description().toString().hashCode());
    }

    private synchronized TopologyDescription description() {
        if (description == null) {
            description = topology().describe();
        }
        return description;
    }

    /** Names of the topics that Kafka Streams makes for the application. */
    public Set<String> internalTopics() {
        Set<String> names = new HashSet<>();
        String prefix = config.applicationId() + "-";
        description().subtopologies().stream()
                .flatMap(subtopology -> subtopology.nodes().stream())
                .forEach(node -> {
                    if (node instanceof TopologyDescription.Processor processor) {
                        processor.stores().forEach(store -> names.add(prefix + store + "-changelog"));
                    } else if (node instanceof TopologyDescription.Source source) {
                        source.topicSet().stream()
                                .filter(topic -> topic.endsWith("-repartition"))
                                .forEach(topic -> names.add(prefix + topic));
                    }
                });
        return names;
    }

    private void tallyObjectStore(StreamsBuilder builder, ProgressTopology progress, PoisonLimit poisonLimit) {
        ObjectStoreRows rows = ObjectStoreRows.addTo(builder, topics, poisonLimit);
        KStream<String, Reached> reached =
                progress.measure(builder, Source.S3, ObjectStoreRows.tables(), rows.all(), ReadElsewhere.NOTHING);
        KStream<String, Position> complete = positions(reached, Source.S3);
        KStream<Subject, Movement> replicas =
                new ReplicaTopology(config.replication(), config.expiryInterval()).addTo(builder, rows);
        StorageTopology.Storage storage = new StorageTopology(
                        topics.objectLocations().partitions(), config.tellInterval())
                .addTo(builder, rows, replicas, complete);
        StageOutput stored = new StageOutput(Stage.STORAGE, topics).addTo(builder);
        new BackendQuotaTopology(topics.backendQuotas()).addTo(storage.changes(), stored);
        new BucketUsageTopology(topics.bucketUsage()).addTo(storage.changes(), stored);
        stored.tell(storage.complete());
        KStream<BackendPeriodKey, BackendUsage> usage = new BackendUsageTopology(
                        topics.backendUsage(), config.usageLimits())
                .addTo(builder, rows, complete, new StageOutput(Stage.USAGE, topics).addTo(builder));
        new NotificationTopology(topics, config.replication())
                .addTo(builder, rows, reached, complete, new StageOutput(Stage.NOTIFICATIONS, topics).addTo(builder));
        new RowNotificationTopology(topics).addTo(builder, rows);
        ThresholdTopology thresholds = new ThresholdTopology(topics, config.capacityDamping());
        thresholds.warnOfCapacity(builder, storage.transactions(), config.capacityThreshold());
        thresholds.warnOfUsage(builder, usage);
    }

    private void tallySync(StreamsBuilder builder, ProgressTopology progress, PoisonLimit poisonLimit) {
        CollectionTopology collections =
                new CollectionTopology(topics, config.expiryInterval(), config.userQuotaBytes());
        collections.addNamesTo(builder);
        SyncRows rows = SyncRows.addTo(builder, topics, config.payloadLength(), poisonLimit);
        KStream<String, Position> complete = positions(
                progress.measure(builder, Source.SYNC, SyncRows.tables(), rows.all(), collections.names()),
                Source.SYNC);
        KStream<Long, Occupancy> users =
                collections.addTo(builder, rows, complete, new StageOutput(Stage.COLLECTIONS, topics).addTo(builder));
        new ThresholdTopology(topics, config.capacityDamping()).warnOfQuotas(builder, users, config.userQuotaBytes());
        if (config.collectionNotifications()) {
            new RowNotificationTopology(topics).addCollectionsTo(builder, rows);
        }
    }

    private static KStream<String, Position> positions(KStream<String, Reached> reached, Source source) {
        return reached.mapValues(Reached::position, Named.as("reached-position-of-" + source));
    }

    /**
     * The topology with what runs it; not started.
     *
     * @param client properties of the Kafka cluster, and anything of Streams that the pipeline does not own
     * @throws IllegalArgumentException naming a key that the pipeline owns
     */
    public KafkaStreams streams(Map<String, ?> client) {
        return new KafkaStreams(topology(), properties(client), new LosslessClients());
    }

    Properties properties(Map<String, ?> client) {
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
        properties.putAll(client);
        properties.putAll(owned);
        return properties;
    }
}
