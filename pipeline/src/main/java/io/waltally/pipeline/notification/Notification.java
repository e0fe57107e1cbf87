package io.waltally.pipeline.notification;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.storage.TallySubject;
import io.waltally.pipeline.table.CollectionId;
import io.waltally.pipeline.table.ExhaustedCleanup;
import io.waltally.schemas.NotificationType;
import io.waltally.schemas.agg.BackendQuota;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One event of the outbox.
 *
 * @param id a pure function of the cause
 * @param subject an object's key without its bucket; the backend; the user; or the whole key of a cleanup
 * @param data the fields of the event type, in the documented order; values are strings, longs, booleans and null
 */
public record Notification(String id, NotificationType type, String subject, Map<String, Object> data, Commit commit) {
    private static final int ID_DIGITS = 24;

    public static Notification put(String objectKey, ObjectClassification classification, Commit commit) {
        return ofObject(
                NotificationType.OBJECT_CREATED_PUT, objectKey, created(objectKey, classification), "created", commit);
    }

    public static Notification completed(
            String objectKey, ObjectClassification classification, String uploadId, long parts, Commit commit) {
        Map<String, Object> data = created(objectKey, classification);
        data.put("parts_count", parts);
        data.put("upload_id", uploadId);
        return ofObject(NotificationType.OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD, objectKey, data, "created", commit);
    }

    public static Notification deleted(String objectKey, ObjectClassification classification, Commit commit) {
        return ofObject(
                NotificationType.OBJECT_REMOVED_DELETE,
                objectKey,
                removed(objectKey, classification),
                "removed",
                commit);
    }

    /** @param keys number of objects that the transaction removed, each with its own event */
    public static Notification deletedInBatch(
            String objectKey, ObjectClassification classification, long keys, Commit commit) {
        Map<String, Object> data = removed(objectKey, classification);
        data.put("total_keys", keys);
        data.put("transaction_id", commit.transactionId());
        return ofObject(NotificationType.OBJECT_REMOVED_DELETE_BATCH, objectKey, data, "removed", commit);
    }

    /**
     * @param commit the transaction since which the object has too few copies
     * @param copies the number of copies that it left
     */
    public static Notification underReplicated(String objectKey, int copies, int factor, Commit commit) {
        Map<String, Object> data = location(objectKey);
        data.put("copies", (long) copies);
        data.put("replication_factor", (long) factor);
        return ofObject(NotificationType.OBJECT_UNDER_REPLICATED, objectKey, data, "under-replicated", commit);
    }

    public static Notification backendRemoved(String backend, Commit commit) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("backend", backend);
        return ofRow(NotificationType.BACKEND_REMOVED, backend, data, commit, "backend_quotas", backend);
    }

    /** @param id primary key of the row of cleanup_dlq */
    public static Notification cleanupExhausted(long id, ExhaustedCleanup cleanup, Commit commit) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("backend", cleanup.backend());
        data.put("object_key", cleanup.objectKey());
        data.put("reason", cleanup.reason());
        data.put("attempts", cleanup.attempts());
        data.put("size_bytes", cleanup.bytes());
        data.put("last_error", cleanup.lastError());
        return ofRow(
                NotificationType.CLEANUP_EXHAUSTED,
                cleanup.objectKey(),
                data,
                commit,
                "cleanup_dlq",
                Long.toString(id));
    }

    /** @param modified empty if the collection was deleted */
    public static Notification collectionChanged(CollectionId collection, Optional<Instant> modified, Commit commit) {
        String user = Long.toString(collection.userId());
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("user_id", collection.userId());
        data.put("collection_id", (long) collection.collectionId());
        data.put("modified", modified.map(Instant::toString).orElse(null));
        data.put("deleted", modified.isEmpty());
        return ofRow(
                NotificationType.COLLECTION_CHANGED,
                user,
                data,
                commit,
                "user_collections",
                user,
                Integer.toString(collection.collectionId()));
    }

    /** @param window number of the damping window since 1970 */
    public static Notification capacityWarning(String backend, long window, BackendQuota quota, Commit commit) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("backend", backend);
        data.put("utilization_pct", (long) (quota.getUtilization() * 100));
        data.put("bytes_available", quota.getBytesAvailable());
        data.put("bytes_limit", quota.getBytesLimit());
        return ofThreshold(NotificationType.BACKEND_CAPACITY_WARNING, backend, data, commit, Long.toString(window));
    }

    /** @param kind column name of the counter */
    public static Notification usageWarning(
            String backend, String period, String kind, long used, long limit, Commit commit) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("backend", backend);
        data.put("period", period);
        data.put("kind", kind);
        data.put("used", used);
        data.put("limit", limit);
        return ofThreshold(NotificationType.BACKEND_USAGE_WARNING, backend, data, commit, period, kind);
    }

    /** @param window number of the damping window since 1970 */
    public static Notification quotaReached(long userId, long window, long totalBytes, long quotaBytes, Commit commit) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("user_id", userId);
        data.put("total_bytes", totalBytes);
        data.put("quota_bytes", quotaBytes);
        return ofThreshold(
                NotificationType.USER_QUOTA_REACHED, Long.toString(userId), data, commit, Long.toString(window));
    }

    private static Map<String, Object> created(String objectKey, ObjectClassification classification) {
        Map<String, Object> data = location(objectKey);
        data.put("backend", classification.backend());
        data.put("size", classification.size());
        return data;
    }

    private static Map<String, Object> removed(String objectKey, ObjectClassification classification) {
        Map<String, Object> data = location(objectKey);
        data.put("copies_deleted", (long) classification.copies());
        return data;
    }

    private static Map<String, Object> location(String objectKey) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("bucket", TallySubject.bucketOf(objectKey).name());
        data.put("key", userKey(objectKey));
        return data;
    }

    /** The object key after its first "/". */
    private static String userKey(String objectKey) {
        return objectKey.substring(objectKey.indexOf('/') + 1);
    }

    private static Notification ofObject(
            NotificationType type, String objectKey, Map<String, Object> data, String eventClass, Commit commit) {
        String id = id(
                eventClass,
                commit.source().id(),
                Integer.toString(commit.epoch()),
                Long.toString(commit.transactionId()),
                objectKey);
        return new Notification(id, type, userKey(objectKey), data, commit);
    }

    private static Notification ofRow(
            NotificationType type,
            String subject,
            Map<String, Object> data,
            Commit commit,
            String table,
            String... primaryKey) {
        List<String> cause = new ArrayList<>();
        cause.add(type.id());
        cause.add(commit.source().id());
        cause.add(Integer.toString(commit.epoch()));
        cause.add(Long.toString(commit.transactionId()));
        cause.add(table);
        cause.addAll(List.of(primaryKey));
        return new Notification(id(cause.toArray(String[]::new)), type, subject, data, commit);
    }

    /** @param occasion makes the id unique: the damping window, or the period */
    private static Notification ofThreshold(
            NotificationType type, String subject, Map<String, Object> data, Commit commit, String... occasion) {
        List<String> cause = new ArrayList<>(List.of(type.id(), commit.source().id(), subject));
        cause.addAll(List.of(occasion));
        return new Notification(id(cause.toArray(String[]::new)), type, subject, data, commit);
    }

    private static String id(String... cause) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        for (String part : cause) {
            digest.update(part.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        return "evt_" + HexFormat.of().formatHex(digest.digest()).substring(0, ID_DIGITS);
    }
}
