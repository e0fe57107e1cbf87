package io.waltally.pipeline.notification;

import io.waltally.pipeline.fold.Commit;
import io.waltally.pipeline.storage.Subject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One event for the outbox.
 *
 * @param id a pure function of the cause
 * @param subject an object's key without its bucket, or the backend
 * @param data what the type says, in the order of its documentation; values are strings and longs
 */
record Notification(String id, String type, String subject, Map<String, Object> data, Commit commit) {
    private static final int ID_DIGITS = 24;

    static Notification put(String objectKey, Verdict verdict, Commit commit) {
        return ofObject("s3:ObjectCreated:Put", objectKey, created(objectKey, verdict), "created", commit);
    }

    static Notification completed(String objectKey, Verdict verdict, String uploadId, long parts, Commit commit) {
        Map<String, Object> data = created(objectKey, verdict);
        data.put("parts_count", parts);
        data.put("upload_id", uploadId);
        return ofObject("s3:ObjectCreated:CompleteMultipartUpload", objectKey, data, "created", commit);
    }

    static Notification deleted(String objectKey, Verdict verdict, Commit commit) {
        return ofObject("s3:ObjectRemoved:Delete", objectKey, removed(objectKey, verdict), "removed", commit);
    }

    /** @param keys removed by the transaction */
    static Notification deletedInBatch(String objectKey, Verdict verdict, long keys, Commit commit) {
        Map<String, Object> data = removed(objectKey, verdict);
        data.put("total_keys", keys);
        return ofObject("s3:ObjectRemoved:DeleteBatch", objectKey, data, "removed", commit);
    }

    /** @param window number of the damping window since 1970 */
    static Notification capacityWarning(
            String backend, long window, long percent, long available, long limit, Commit commit) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("backend", backend);
        data.put("utilization_pct", percent);
        data.put("bytes_available", available);
        data.put("bytes_limit", limit);
        String id = id("backend.capacity.warning", commit.source().id(), backend, Long.toString(window));
        return new Notification(id, "backend.capacity.warning", backend, data, commit);
    }

    private static Map<String, Object> created(String objectKey, Verdict verdict) {
        Map<String, Object> data = location(objectKey);
        data.put("backend", verdict.backend());
        data.put("size", verdict.size());
        return data;
    }

    private static Map<String, Object> removed(String objectKey, Verdict verdict) {
        Map<String, Object> data = location(objectKey);
        data.put("copies_deleted", (long) verdict.copiesDeleted());
        return data;
    }

    private static Map<String, Object> location(String objectKey) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("bucket", Subject.bucketOf(objectKey).name());
        data.put("key", userKey(objectKey));
        return data;
    }

    /** The object key beyond its first "/". */
    private static String userKey(String objectKey) {
        return objectKey.substring(objectKey.indexOf('/') + 1);
    }

    private static Notification ofObject(
            String type, String objectKey, Map<String, Object> data, String eventClass, Commit commit) {
        String id = id(
                eventClass,
                commit.source().id(),
                Integer.toString(commit.epoch()),
                Long.toString(commit.transactionId()),
                objectKey);
        return new Notification(id, type, userKey(objectKey), data, commit);
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
