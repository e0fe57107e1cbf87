package io.waltally.pipeline.table;

import io.waltally.pipeline.deadletter.DeadLetterLimit;
import io.waltally.pipeline.row.RowEvent;
import io.waltally.pipeline.row.RowStateMapping;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import io.waltally.schemas.Change;
import io.waltally.schemas.Source;
import io.waltally.schemas.cdc.BackendQuotaKey;
import io.waltally.schemas.cdc.BackendQuotaRow;
import io.waltally.schemas.cdc.BackendUsageKey;
import io.waltally.schemas.cdc.BackendUsageRow;
import io.waltally.schemas.cdc.CleanupDeadLetterRow;
import io.waltally.schemas.cdc.CleanupKey;
import io.waltally.schemas.cdc.CleanupRow;
import io.waltally.schemas.cdc.MultipartPart;
import io.waltally.schemas.cdc.MultipartPartKey;
import io.waltally.schemas.cdc.PendingObject;
import io.waltally.schemas.cdc.PendingObjectKey;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.jspecify.annotations.Nullable;

/**
 * The row changes of s3-orchestrator's tables.
 *
 * @param objects by object key
 * @param limits of backends: {@link Measure#ROWS} and {@link Measure#LIMIT_BYTES}
 * @param queued rows of cleanup_queue
 * @param deadLetters rows of cleanup_dlq
 * @param uploads by upload, as changes of multipart_uploads
 * @param parts by upload, as changes of multipart_parts
 * @param intents object keys by intent
 * @param usage counters by backend and period
 */
public record ObjectStoreRows(
        KStream<String, RowEvent<Copies>> objects,
        KStream<String, RowEvent<Amounts>> limits,
        KStream<Long, RowEvent<Orphan>> queued,
        KStream<Long, RowEvent<ExhaustedCleanup>> deadLetters,
        KStream<String, RowEvent<Upload>> uploads,
        KStream<String, RowEvent<Upload>> parts,
        KStream<String, RowEvent<String>> intents,
        KStream<UsagePeriod, RowEvent<Amounts>> usage) {
    /** {@link Copies} by object key. */
    public static final String OBJECTS_STORE = "objects";

    /** Uncertain rows of object_locations. */
    public static final String UNCERTAIN_OBJECTS_STORE = RowTopology.uncertainStore("objects");

    /** {@link Upload} by upload id. */
    public static final String UPLOADS_STORE = "uploads";

    /** Limits by backend. */
    public static final String LIMITS_STORE = "backend-limits";

    /** {@link ExhaustedCleanup} by id. */
    public static final String DEAD_LETTERS_STORE = "exhausted-cleanups";

    static final String QUEUED_STORE = "queued-cleanups";
    static final String PARTS_STORE = "upload-parts";
    static final String INTENTS_STORE = "intents";
    static final String USAGE_STORE = "usage-rows";

    public static ObjectStoreRows addTo(StreamsBuilder builder, TopicCatalogue topics, DeadLetterLimit limit) {
        RowTopology topology = new RowTopology(builder, topics, limit);
        return new ObjectStoreRows(
                topology.onDisk(
                        topics.objectLocations(),
                        "objects",
                        OBJECTS_STORE,
                        Serdes.String(),
                        Copies.SERDE,
                        new ObjectMapping()),
                topology.inMemory(
                        topics.backendQuotaRows(),
                        "limits",
                        LIMITS_STORE,
                        Serdes.String(),
                        Amounts.SERDE,
                        new LimitMapping()),
                topology.onDisk(
                        topics.cleanupQueue(),
                        "queued-cleanups",
                        QUEUED_STORE,
                        Serdes.Long(),
                        Orphan.SERDE,
                        new OrphanMapping()),
                topology.onDisk(
                        topics.cleanupDeadLetters(),
                        "exhausted-cleanups",
                        DEAD_LETTERS_STORE,
                        Serdes.Long(),
                        ExhaustedCleanup.SERDE,
                        new ExhaustedCleanupMapping()),
                topology.onDisk(
                        topics.multipartUploads(),
                        "uploads",
                        UPLOADS_STORE,
                        Serdes.String(),
                        Upload.SERDE,
                        new UploadMapping()),
                topology.onDisk(
                                topics.multipartParts(),
                                "parts",
                                PARTS_STORE,
                                PartKey.SERDE,
                                Serdes.Long(),
                                new PartMapping())
                        .process(SumUploadParts::new, Named.as("sum-parts"), UPLOADS_STORE),
                topology.onDisk(
                        topics.pendingObjects(),
                        "intents",
                        INTENTS_STORE,
                        Serdes.String(),
                        Serdes.String(),
                        new IntentMapping()),
                topology.inMemory(
                        topics.backendUsageRows(),
                        "usage",
                        USAGE_STORE,
                        UsagePeriod.SERDE,
                        Amounts.SERDE,
                        new UsageMapping()));
    }

    /** The tables that are read. */
    public static List<String> tables() {
        return Source.S3.defaultTables();
    }

    /** All streams, by noun. */
    public Map<String, KStream<?, ? extends RowEvent<?>>> all() {
        Map<String, KStream<?, ? extends RowEvent<?>>> all = new LinkedHashMap<>();
        all.put("objects", objects);
        all.put("limits", limits);
        all.put("queued-cleanups", queued);
        all.put("exhausted-cleanups", deadLetters);
        all.put("uploads", uploads);
        all.put("parts", parts);
        all.put("intents", intents);
        all.put("usage", usage);
        return all;
    }

    private static final class LimitMapping
            implements RowStateMapping<BackendQuotaKey, BackendQuotaRow, String, Amounts> {
        @Override
        public String identity(BackendQuotaKey key) {
            return key.getBackendName();
        }

        @Override
        public Amounts with(@Nullable Amounts before, Change<BackendQuotaRow> change) {
            return Amounts.NONE
                    .with(Measure.ROWS, 1)
                    .with(Measure.LIMIT_BYTES, change.after().getBytesLimit());
        }

        @Override
        public Amounts standIn(BackendQuotaKey key, @Nullable Amounts before) {
            return Amounts.NONE;
        }
    }

    private static final class OrphanMapping implements RowStateMapping<CleanupKey, CleanupRow, Long, Orphan> {
        @Override
        public Long identity(CleanupKey key) {
            return key.getId();
        }

        @Override
        public Orphan with(@Nullable Orphan before, Change<CleanupRow> change) {
            return new Orphan(change.after().getBackendName(), change.after().getSizeBytes());
        }
    }

    private static final class ExhaustedCleanupMapping
            implements RowStateMapping<CleanupKey, CleanupDeadLetterRow, Long, ExhaustedCleanup> {
        @Override
        public Long identity(CleanupKey key) {
            return key.getId();
        }

        @Override
        public ExhaustedCleanup with(@Nullable ExhaustedCleanup before, Change<CleanupDeadLetterRow> change) {
            return ExhaustedCleanup.of(change.after());
        }
    }

    private static final class PartMapping implements RowStateMapping<MultipartPartKey, MultipartPart, PartKey, Long> {
        @Override
        public PartKey identity(MultipartPartKey key) {
            return new PartKey(key.getUploadId(), key.getPartNumber());
        }

        @Override
        public Long with(@Nullable Long before, Change<MultipartPart> change) {
            return change.after().getSizeBytes();
        }

        @Override
        public Long standIn(MultipartPartKey key, @Nullable Long before) {
            return 0L;
        }
    }

    private static final class IntentMapping
            implements RowStateMapping<PendingObjectKey, PendingObject, String, String> {
        @Override
        public String identity(PendingObjectKey key) {
            return key.getIntentId();
        }

        @Override
        public String with(@Nullable String before, Change<PendingObject> change) {
            return change.after().getObjectKey();
        }

        @Override
        public @Nullable String standIn(PendingObjectKey key, @Nullable String before) {
            return null; // no tally counts intents
        }
    }

    private static final class UsageMapping
            implements RowStateMapping<BackendUsageKey, BackendUsageRow, UsagePeriod, Amounts> {
        @Override
        public UsagePeriod identity(BackendUsageKey key) {
            return new UsagePeriod(key.getBackendName(), key.getPeriod());
        }

        @Override
        public Amounts with(@Nullable Amounts before, Change<BackendUsageRow> change) {
            BackendUsageRow row = change.after();
            return Amounts.NONE
                    .with(Measure.ROWS, 1)
                    .with(Measure.API_REQUESTS, row.getApiRequests())
                    .with(Measure.EGRESS_BYTES, row.getEgressBytes())
                    .with(Measure.INGRESS_BYTES, row.getIngressBytes());
        }

        @Override
        public Amounts standIn(BackendUsageKey key, @Nullable Amounts before) {
            return Amounts.NONE;
        }
    }
}
