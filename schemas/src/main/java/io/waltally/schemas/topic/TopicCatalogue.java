package io.waltally.schemas.topic;

import static io.waltally.schemas.Source.S3;
import static io.waltally.schemas.Source.SYNC;

import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendKey;
import io.waltally.schemas.agg.BackendPeriodKey;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketKey;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserKey;
import io.waltally.schemas.agg.UserStorage;
import io.waltally.schemas.cdc.BackendQuotaKey;
import io.waltally.schemas.cdc.BackendQuotaRow;
import io.waltally.schemas.cdc.BackendUsageKey;
import io.waltally.schemas.cdc.BackendUsageRow;
import io.waltally.schemas.cdc.Bso;
import io.waltally.schemas.cdc.BsoKey;
import io.waltally.schemas.cdc.CleanupDeadLetterRow;
import io.waltally.schemas.cdc.CleanupKey;
import io.waltally.schemas.cdc.CleanupRow;
import io.waltally.schemas.cdc.Collection;
import io.waltally.schemas.cdc.CollectionKey;
import io.waltally.schemas.cdc.MultipartPart;
import io.waltally.schemas.cdc.MultipartPartKey;
import io.waltally.schemas.cdc.MultipartUpload;
import io.waltally.schemas.cdc.MultipartUploadKey;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.ObjectLocationKey;
import io.waltally.schemas.cdc.PendingObject;
import io.waltally.schemas.cdc.PendingObjectKey;
import io.waltally.schemas.cdc.UserCollectionRow;
import io.waltally.schemas.cdc.UserCollectionRowKey;
import io.waltally.schemas.control.Applied;
import io.waltally.schemas.control.AppliedKey;
import io.waltally.schemas.control.CaptureFailure;
import io.waltally.schemas.control.CaptureFailureKey;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.SinkControlKey;
import io.waltally.schemas.control.StreamsState;
import io.waltally.schemas.control.StreamsStateKey;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.control.WatermarkKey;
import io.waltally.schemas.control.WebhookControl;
import io.waltally.schemas.control.WebhookControlKey;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.serde.TableReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;

/** Every topic that waltally writes. Names, types and routing are a contract with consumers. */
public final class TopicCatalogue {
    private static final String CONTROL = "_waltally.";
    private static final String REPLAYS = CONTROL + "replay.";
    private static final String DEAD_LETTERS = "dlq.";
    private static final String WATERMARKS = CONTROL + "watermarks";
    private static final String APPLIED = CONTROL + "applied";
    private static final String FAILURES = CONTROL + "failures";
    private static final String STATES = CONTROL + "states";
    private static final String SINKS = CONTROL + "sinks";
    private static final String WEBHOOKS = CONTROL + "webhooks";
    private static final String DEAD_LETTER_EVENTS = CONTROL + "dead-letters";
    /** Kafka deletes whole segments, and one spans a week by default: a letter may stay for so much longer. */
    private static final Duration LONGER_THAN_LETTERS = Duration.ofDays(14);

    private final TopicSettings settings;
    private final AvroSerdes serdes;
    private final List<Topic<?, ?>> all = new ArrayList<>();
    private final Map<String, TableReader> readers = new HashMap<>();

    private final Topic<ObjectLocationKey, Change<ObjectLocation>> objectLocations;
    private final Topic<BackendQuotaKey, Change<BackendQuotaRow>> backendQuotaRows;
    private final Topic<BackendUsageKey, Change<BackendUsageRow>> backendUsageRows;
    private final Topic<CleanupKey, Change<CleanupRow>> cleanupQueue;
    private final Topic<CleanupKey, Change<CleanupDeadLetterRow>> cleanupDeadLetters;
    private final Topic<MultipartUploadKey, Change<MultipartUpload>> multipartUploads;
    private final Topic<MultipartPartKey, Change<MultipartPart>> multipartParts;
    private final Topic<PendingObjectKey, Change<PendingObject>> pendingObjects;
    private final Topic<BsoKey, Change<Bso>> bsos;
    private final Topic<UserCollectionRowKey, Change<UserCollectionRow>> userCollectionRows;
    private final Topic<CollectionKey, Change<Collection>> collections;

    private final Topic<BackendKey, BackendQuota> backendQuotas;
    private final Topic<BackendPeriodKey, BackendUsage> backendUsage;
    private final Topic<BucketKey, BucketUsage> bucketUsage;
    private final Topic<UserCollectionKey, UserCollection> userCollections;
    private final Topic<UserKey, UserStorage> userStorage;

    private final Topic<String, byte[]> notifications;
    private final Topic<WatermarkKey, Watermark> watermarks;
    private final Topic<AppliedKey, Applied> applied;
    private final Topic<CaptureFailureKey, CaptureFailure> captureFailures;
    private final Topic<StreamsStateKey, StreamsState> streamsStates;
    private final Topic<SinkControlKey, SinkControl> sinkControls;
    private final Topic<WebhookControlKey, WebhookControl> webhookControls;
    private final Topic<DeadLetterKey, DeadLetterEvent> deadLetterEvents;
    private final Topic<byte[], byte[]> captureDeadLetters;
    private final Topic<byte[], byte[]> streamsDeadLetters;
    private final Topic<byte[], byte[]> webhooksDeadLetters;
    private final Topic<byte[], byte[]> sinksDeadLetters;
    private final Topic<byte[], byte[]> sinkReplays;
    private final Map<String, Topic<byte[], byte[]>> replays = new HashMap<>();

    public TopicCatalogue(TopicSettings settings, AvroSerdes serdes) {
        this.settings = settings;
        this.serdes = serdes;

        objectLocations = changes(
                S3, "object_locations", ObjectLocationKey.class, ObjectLocation.class, Routing.byColumn("object_key"));
        backendQuotaRows = changes(S3, "backend_quotas", BackendQuotaKey.class, BackendQuotaRow.class, Routing.byKey());
        backendUsageRows = changes(S3, "backend_usage", BackendUsageKey.class, BackendUsageRow.class, Routing.byKey());
        cleanupQueue = changes(S3, "cleanup_queue", CleanupKey.class, CleanupRow.class, Routing.byKey());
        cleanupDeadLetters = changes(S3, "cleanup_dlq", CleanupKey.class, CleanupDeadLetterRow.class, Routing.byKey());
        multipartUploads = changes(
                S3,
                "multipart_uploads",
                MultipartUploadKey.class,
                MultipartUpload.class,
                Routing.byColumn("upload_id"));
        multipartParts = changes(
                S3, "multipart_parts", MultipartPartKey.class, MultipartPart.class, Routing.byColumn("upload_id"));
        pendingObjects = changes(S3, "pending_objects", PendingObjectKey.class, PendingObject.class, Routing.byKey());
        bsos = changes(SYNC, "bsos", BsoKey.class, Bso.class, Routing.byColumn("user_id"));
        userCollectionRows = changes(
                SYNC,
                "user_collections",
                UserCollectionRowKey.class,
                UserCollectionRow.class,
                Routing.byColumn("user_id"));
        collections = changes(SYNC, "collections", CollectionKey.class, Collection.class, Routing.byKey());

        backendQuotas = aggregate("agg.backend-quotas", BackendKey.class, BackendQuota.class, Routing.byKey());
        backendUsage = aggregate("agg.backend-usage", BackendPeriodKey.class, BackendUsage.class, Routing.byKey());
        bucketUsage = aggregate("agg.bucket-usage", BucketKey.class, BucketUsage.class, Routing.byKey());
        userCollections = aggregate(
                "agg.user-collections", UserCollectionKey.class, UserCollection.class, Routing.byColumn("user_id"));
        userStorage = aggregate("agg.user-storage", UserKey.class, UserStorage.class, Routing.byColumn("user_id"));

        notifications = listed(new Topic<>(
                "outbox.notifications",
                Serdes.String(),
                Serdes.ByteArray(),
                settings.partitions(),
                new Cleanup.Delete(settings.notificationRetention()),
                Routing.byKey(),
                settings.storage()));
        Cleanup compact = new Cleanup.Compact(Duration.ZERO);
        // Sinks that fell behind write batches that end at watermarks: with the last one alone it would be one batch.
        watermarks = control(WATERMARKS, WatermarkKey.class, Watermark.class, Source.values().length, compact);
        applied = control(APPLIED, AppliedKey.class, Applied.class, 1, new Cleanup.Compact(Duration.ZERO, true));
        captureFailures = control(FAILURES, CaptureFailureKey.class, CaptureFailure.class, 1, compact);
        streamsStates = control(STATES, StreamsStateKey.class, StreamsState.class, 1, compact);
        sinkControls = control(SINKS, SinkControlKey.class, SinkControl.class, 1, compact);
        webhookControls = control(WEBHOOKS, WebhookControlKey.class, WebhookControl.class, 1, compact);
        captureDeadLetters = deadLetters(DEAD_LETTERS + "capture", 1);
        streamsDeadLetters = deadLetters(DEAD_LETTERS + "streams", 1);
        webhooksDeadLetters = deadLetters(DEAD_LETTERS + "webhooks", 1);
        sinksDeadLetters = deadLetters(DEAD_LETTERS + "sinks", 1);
        deadLetterEvents = listed(new Topic<>(
                DEAD_LETTER_EVENTS,
                serdes.of(DeadLetterKey.class, true),
                serdes.of(DeadLetterEvent.class, false),
                1,
                new Cleanup.Delete(settings.deadLetterRetention().plus(LONGER_THAN_LETTERS)),
                Routing.byKey(),
                settings.storage()));
        sinkReplays = deadLetters(REPLAYS + "sinks", settings.partitions());
        List.of(
                        objectLocations,
                        backendQuotaRows,
                        backendUsageRows,
                        cleanupQueue,
                        cleanupDeadLetters,
                        multipartUploads,
                        multipartParts,
                        pendingObjects,
                        bsos,
                        userCollectionRows,
                        notifications)
                .forEach(topic -> replays.put(topic.name(), deadLetters(REPLAYS + topic.name(), topic.partitions())));
    }

    /** The number of partitions of each topic that grows with the applications' data. */
    public int partitions() {
        return settings.partitions();
    }

    private Topic<byte[], byte[]> deadLetters(String name, int partitions) {
        return listed(new Topic<>(
                name,
                Serdes.ByteArray(),
                Serdes.ByteArray(),
                partitions,
                new Cleanup.Delete(settings.deadLetterRetention()),
                Routing.byKey(),
                settings.storage()));
    }

    private <K extends SpecificRecord, R extends SpecificRecord> Topic<K, Change<R>> changes(
            Source source, String table, Class<K> key, Class<R> row, Routing routing) {
        SpecificData data = SpecificData.get();
        readers.put(source.topicOf(table), new TableReader(data.getSchema(key), data.getSchema(row)));
        return listed(new Topic<>(
                source.topicOf(table),
                serdes.of(key, true),
                serdes.changes(row),
                settings.partitions(),
                new Cleanup.Compact(settings.completeHistory()),
                routing,
                settings.storage()));
    }

    private <K extends SpecificRecord, V extends SpecificRecord> Topic<K, V> aggregate(
            String name, Class<K> key, Class<V> value, Routing routing) {
        return listed(new Topic<>(
                name,
                serdes.of(key, true),
                serdes.of(value, false),
                settings.partitions(),
                new Cleanup.Compact(Duration.ZERO),
                routing,
                settings.storage()));
    }

    private <K extends SpecificRecord, V extends SpecificRecord> Topic<K, V> control(
            String name, Class<K> key, Class<V> value, int partitions, Cleanup cleanup) {
        return listed(new Topic<>(
                name,
                serdes.of(key, true),
                serdes.of(value, false),
                partitions,
                cleanup,
                Routing.byKey(),
                settings.storage()));
    }

    private <K, V> Topic<K, V> listed(Topic<K, V> topic) {
        all.add(topic);
        return topic;
    }

    /** Every topic with static types, in the order of the data flow. */
    public List<Topic<?, ?>> all() {
        return List.copyOf(all);
    }

    /** The topics of tallies. */
    public List<Topic<?, ?>> tallies() {
        return List.of(backendQuotas, backendUsage, bucketUsage, userCollections, userStorage);
    }

    /** The topics whose keys and values have schemas of waltally's own. */
    public List<Topic<?, ?>> ownSchemas() {
        List<Topic<?, ?>> topics = new ArrayList<>(tallies());
        topics.addAll(List.of(
                watermarks, applied, captureFailures, streamsStates, sinkControls, webhookControls, deadLetterEvents));
        return List.copyOf(topics);
    }

    /**
     * The topic of a captured table. A table that no topology reads, such as one that the configuration adds, is routed
     * by its whole key.
     */
    public Topic<?, ?> changesOf(Source source, String table) {
        String name = source.topicOf(table);
        return all.stream()
                .filter(topic -> topic.name().equals(name))
                .findFirst()
                .orElseGet(() -> new Topic<>(
                        name,
                        Serdes.ByteArray(),
                        Serdes.ByteArray(),
                        settings.partitions(),
                        new Cleanup.Compact(settings.completeHistory()),
                        Routing.byKey(),
                        settings.storage()));
    }

    /** Whether the topic has {@code topics.partitions}; control topics and dead letters have a fixed number. */
    public static boolean hasConfiguredPartitions(String topic) {
        return topic.startsWith(REPLAYS) || !(topic.startsWith(CONTROL) || topic.startsWith(DEAD_LETTERS));
    }

    /**
     * The loss if a topic of a {@linkplain #hasConfiguredPartitions fixed number of partitions} is deleted, and
     * the remedy.
     */
    static String lossOf(String topic) {
        return switch (topic) {
            case WATERMARKS ->
                "the positions of capture: do what the next start of the topologies says, then 'waltally resume SOURCE"
                        + " --new-epoch' reads all tables again";
            case APPLIED ->
                "the positions up to which tallies are complete: do what the next start of the topologies says";
            case FAILURES -> "the reasons why sources have stopped, until capture starts again";
            case STATES ->
                "the record of the topics that tallies were made from: topics that are deleted or restored before the next"
                        + " start of the topologies are not noticed";
            case SINKS ->
                "the pauses of sinks ('waltally sinks list' shows them): 'waltally sinks pause NAME' afterwards";
            case WEBHOOKS ->
                "the endpoints that were added at run time, with their secrets, and the pauses of all ('waltally webhooks"
                        + " list' shows them): 'waltally webhooks add' and 'waltally webhooks pause NAME' afterwards";
            case DEAD_LETTER_EVENTS ->
                "what became of dead letters: those that were replayed or dropped are open again";
            default -> "its dead letters: replay or drop those that 'waltally dlq list' shows before";
        };
    }

    /** The serdes of all topics with Avro records. */
    public AvroSerdes serdes() {
        return serdes;
    }

    /** The columns that topologies read of a cdc topic; empty if they do not read it. */
    public Optional<TableReader> readerOf(String topic) {
        return Optional.ofNullable(readers.get(topic));
    }

    public Topic<ObjectLocationKey, Change<ObjectLocation>> objectLocations() {
        return objectLocations;
    }

    public Topic<BackendQuotaKey, Change<BackendQuotaRow>> backendQuotaRows() {
        return backendQuotaRows;
    }

    public Topic<BackendUsageKey, Change<BackendUsageRow>> backendUsageRows() {
        return backendUsageRows;
    }

    public Topic<CleanupKey, Change<CleanupRow>> cleanupQueue() {
        return cleanupQueue;
    }

    public Topic<CleanupKey, Change<CleanupDeadLetterRow>> cleanupDeadLetters() {
        return cleanupDeadLetters;
    }

    public Topic<MultipartUploadKey, Change<MultipartUpload>> multipartUploads() {
        return multipartUploads;
    }

    public Topic<MultipartPartKey, Change<MultipartPart>> multipartParts() {
        return multipartParts;
    }

    public Topic<PendingObjectKey, Change<PendingObject>> pendingObjects() {
        return pendingObjects;
    }

    public Topic<BsoKey, Change<Bso>> bsos() {
        return bsos;
    }

    public Topic<UserCollectionRowKey, Change<UserCollectionRow>> userCollectionRows() {
        return userCollectionRows;
    }

    public Topic<CollectionKey, Change<Collection>> collections() {
        return collections;
    }

    public Topic<BackendKey, BackendQuota> backendQuotas() {
        return backendQuotas;
    }

    public Topic<BackendPeriodKey, BackendUsage> backendUsage() {
        return backendUsage;
    }

    public Topic<BucketKey, BucketUsage> bucketUsage() {
        return bucketUsage;
    }

    public Topic<UserCollectionKey, UserCollection> userCollections() {
        return userCollections;
    }

    public Topic<UserKey, UserStorage> userStorage() {
        return userStorage;
    }

    /** CloudEvents 1.0 in structured JSON, keyed by subject. */
    public Topic<String, byte[]> notifications() {
        return notifications;
    }

    public Topic<WatermarkKey, Watermark> watermarks() {
        return watermarks;
    }

    /**
     * The partition of a source's watermarks. Each source has its own, because an open transaction hides later records
     * of a partition, and the transaction of another source may be open for long.
     */
    public static int watermarkPartition(Source source) {
        return List.of(Source.values()).indexOf(source);
    }

    /** The reason why the capture of a source has stopped; a tombstone when it resumes. */
    public Topic<CaptureFailureKey, CaptureFailure> captureFailures() {
        return captureFailures;
    }

    /** The clusters and topics that the state of each Kafka Streams application was built from. */
    public Topic<StreamsStateKey, StreamsState> streamsStates() {
        return streamsStates;
    }

    /** Pause and reset requests of operators to sinks. */
    public Topic<SinkControlKey, SinkControl> sinkControls() {
        return sinkControls;
    }

    /** Requests of operators to webhook endpoints, and endpoints added at run time. */
    public Topic<WebhookControlKey, WebhookControl> webhookControls() {
        return webhookControls;
    }

    /** The position up to which the tallies of each {@link OutputStage} are complete, by partition. */
    public Topic<AppliedKey, Applied> applied() {
        return applied;
    }

    /**
     * Changes that cannot become records of their topics, in Connect's JSON with schema, with {@link ChangeHeaders} and
     * {@link DeadLetterHeaders}.
     */
    public Topic<byte[], byte[]> captureDeadLetters() {
        return captureDeadLetters;
    }

    /** Records of cdc topics that topologies cannot process, as received, with {@link DeadLetterHeaders}. */
    public Topic<byte[], byte[]> streamsDeadLetters() {
        return streamsDeadLetters;
    }

    /**
     * Notifications that could not be delivered to an endpoint, as received, with {@link DeadLetterHeaders} and the
     * endpoint.
     */
    public Topic<byte[], byte[]> webhooksDeadLetters() {
        return webhooksDeadLetters;
    }

    /** Records that a sink's target refused, as received, with {@link DeadLetterHeaders} and the sink. */
    public Topic<byte[], byte[]> sinksDeadLetters() {
        return sinksDeadLetters;
    }

    /** The events of dead letters: replay requests, their results, and drops. A dead letter without events is open. */
    public Topic<DeadLetterKey, DeadLetterEvent> deadLetterEvents() {
        return deadLetterEvents;
    }

    /** Dead letters of sinks to write again, each for the sink that it names, in their original partitions. */
    public Topic<byte[], byte[]> sinkReplays() {
        return sinkReplays;
    }

    /**
     * The replay topic of a cdc topic or of the outbox, for dead letters that are to be processed again, in their
     * original partitions. They do not go into the topic itself, where each record is written once and in order.
     *
     * @return empty if the topic has none
     */
    public Optional<Topic<byte[], byte[]>> replaysOf(String topic) {
        return Optional.ofNullable(replays.get(topic));
    }

    /** Dead letters of the outbox to try again, each for the endpoint that it names. */
    public Topic<byte[], byte[]> notificationReplays() {
        return replays.get(notifications.name());
    }
}
