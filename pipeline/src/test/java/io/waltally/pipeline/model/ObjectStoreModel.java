package io.waltally.pipeline.model;

import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.TimeForm;
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
import io.waltally.schemas.cdc.MultipartUpload;
import io.waltally.schemas.cdc.MultipartUploadKey;
import io.waltally.schemas.cdc.ObjectLocation;
import io.waltally.schemas.cdc.ObjectLocationKey;
import io.waltally.schemas.cdc.PendingObject;
import io.waltally.schemas.cdc.PendingObjectKey;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The tables of s3-orchestrator, changed by its store methods, each of which is a transaction; and the expected
 * notifications.
 */
public final class ObjectStoreModel {
    private static final String COMPLETED = "s3:ObjectCreated:CompleteMultipartUpload";

    public final CapturedLog log;
    public final Map<String, Long> limits = new TreeMap<>();
    public final Map<ObjectLocationKey, ObjectLocation> locations = new TreeMap<>();
    final Map<Long, CleanupRow> queue = new TreeMap<>();
    final Map<Long, CleanupDeadLetterRow> deadLetters = new TreeMap<>();
    public final Map<String, MultipartUpload> uploads = new TreeMap<>();
    public final Map<MultipartPartKey, MultipartPart> parts = new TreeMap<>();
    final Map<String, PendingObject> intents = new TreeMap<>();
    public final Map<BackendUsageKey, BackendUsageRow> usage = new TreeMap<>();

    /** Type, bucket and key of each object, in commit order. */
    public final List<String> notified = new ArrayList<>();

    private static final long IDS_OF_A_HISTORY = 1_000_000;

    private final TopicCatalogue topics;
    private final TimeForm times;
    private long ids;

    public ObjectStoreModel(TopicCatalogue topics, Instant start) {
        this(topics, new CapturedLog(Source.S3, start), 0, TimeForm.ZONED);
    }

    /** @param history which of those that write the same log; what they write is their own by their ids */
    public ObjectStoreModel(TopicCatalogue topics, CapturedLog log, int history, TimeForm times) {
        this.topics = topics;
        this.log = log;
        this.times = times;
        this.ids = history * IDS_OF_A_HISTORY;
    }

    public void backend(String name, long limit) {
        log.transaction(tx -> {
            BackendQuotaRow row = new BackendQuotaRow(name, limit);
            if (limits.put(name, limit) == null) {
                tx.insert(topics.backendQuotaRows(), new BackendQuotaKey(name), row);
            } else {
                tx.update(topics.backendQuotaRows(), new BackendQuotaKey(name), row);
            }
        });
    }

    public long removeBackend(String name) {
        return log.transaction(tx -> {
            limits.remove(name);
            tx.delete(topics.backendQuotaRows(), new BackendQuotaKey(name));
        });
    }

    /** Everything of a backend that the application takes away with it, and then its row. */
    void removeBackendData(String name) {
        List<String> lost = objectKeys().stream()
                .filter(objectKey -> copies(objectKey).stream()
                        .allMatch(copy -> copy.getBackendName().equals(name)))
                .toList();
        log.transaction(tx -> {
            for (Long id : idsOn(queue, CleanupRow::getBackendName, name)) {
                queue.remove(id);
                tx.delete(topics.cleanupQueue(), new CleanupKey(id));
            }
            for (Long id : idsOn(deadLetters, CleanupDeadLetterRow::getBackendName, name)) {
                deadLetters.remove(id);
                tx.delete(topics.cleanupDeadLetters(), new CleanupKey(id));
            }
            for (MultipartUpload upload : List.copyOf(uploads.values())) {
                if (upload.getBackendName().equals(name)) {
                    deleteUpload(tx, upload.getUploadId());
                    partsOf(upload.getUploadId()).forEach(part -> deletePart(tx, part));
                }
            }
            for (ObjectLocationKey key : List.copyOf(locations.keySet())) {
                if (key.getBackendName().equals(name)) {
                    deleteCopy(tx, key);
                }
            }
            for (BackendUsageKey key : List.copyOf(usage.keySet())) {
                if (key.getBackendName().equals(name)) {
                    usage.remove(key);
                    tx.delete(topics.backendUsageRows(), key);
                }
            }
            limits.remove(name);
            tx.delete(topics.backendQuotaRows(), new BackendQuotaKey(name));
        });
        notifyRemoved(lost);
    }

    private static <R> List<Long> idsOn(Map<Long, R> rows, Function<R, String> backendOf, String backend) {
        return rows.entrySet().stream()
                .filter(row -> backendOf.apply(row.getValue()).equals(backend))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** An intent, then in a transaction of its own the row in place of all copies. */
    public void put(String objectKey, String backend, long size) {
        String intent = "intent-" + ids++;
        log.transaction(tx -> insertIntent(tx, intent, objectKey, backend, size));
        log.transaction(tx -> {
            deleteCopies(tx, objectKey);
            insertCopy(tx, copy(objectKey, backend, size, null, "hash-" + ids++));
            intents.remove(intent);
            tx.delete(topics.pendingObjects(), new PendingObjectKey(intent));
        });
        emit(isUploadOpen(objectKey) ? COMPLETED : "s3:ObjectCreated:Put", objectKey);
    }

    private void emit(String type, String objectKey) {
        notified.add(type + " " + (objectKey.contains("/") ? objectKey : "/" + objectKey));
    }

    /** An upload that is open names what happens to its object meanwhile. */
    private boolean isUploadOpen(String objectKey) {
        return uploads.values().stream()
                .anyMatch(upload -> upload.getObjectKey().equals(objectKey));
    }

    private void insertIntent(CapturedLog.Transaction tx, String intent, String objectKey, String backend, long size) {
        PendingObject row = new PendingObject(intent, objectKey, backend, size);
        intents.put(intent, row);
        tx.insert(topics.pendingObjects(), new PendingObjectKey(intent), row);
    }

    /** What a scan of the backend found: nobody knows when it was made. */
    public void importObject(String objectKey, String backend, long size) {
        if (locations.containsKey(new ObjectLocationKey(objectKey, backend))) {
            return;
        }
        boolean created = copies(objectKey).isEmpty();
        log.transaction(tx -> insertCopy(tx, new ObjectLocation(objectKey, backend, size, null, null, null)));
        if (created) {
            emit(isUploadOpen(objectKey) ? COMPLETED : "s3:ObjectCreated:Put", objectKey);
        }
    }

    public void replicate(String objectKey, String... backends) {
        ObjectLocation source = copies(objectKey).get(0);
        List<String> missing = Arrays.stream(backends)
                .filter(backend -> !locations.containsKey(new ObjectLocationKey(objectKey, backend)))
                .toList();
        if (!missing.isEmpty()) {
            log.transaction(tx -> missing.forEach(backend -> insertCopy(tx, copied(source, backend))));
        }
    }

    public void move(String objectKey, String from, String to) {
        ObjectLocation source = locations.get(new ObjectLocationKey(objectKey, from));
        log.transaction(tx -> {
            deleteCopy(tx, new ObjectLocationKey(objectKey, from));
            insertCopy(tx, copied(source, to));
        });
        if (isUploadOpen(objectKey)) {
            emit(COMPLETED, objectKey);
        }
    }

    public void removeExcessCopy(String objectKey) {
        if (copies(objectKey).size() > 1) {
            removeCopy(objectKey, copies(objectKey).get(0).getBackendName());
        }
    }

    public void removeCopy(String objectKey, String backend) {
        log.transaction(tx -> deleteCopy(tx, new ObjectLocationKey(objectKey, backend)));
    }

    public void encrypt(String objectKey) {
        log.transaction(tx -> copies(objectKey).forEach(copy -> {
            ObjectLocation row = new ObjectLocation(
                    objectKey,
                    copy.getBackendName(),
                    copy.getSizeBytes() + 60,
                    copy.getSizeBytes(),
                    copy.getContentHash(),
                    copy.getCreatedAt());
            locations.put(key(copy), row);
            tx.update(topics.objectLocations(), key(copy), row);
        }));
    }

    public void delete(List<String> objectKeys) {
        log.transaction(tx -> objectKeys.forEach(objectKey -> deleteCopies(tx, objectKey)));
        notifyRemoved(objectKeys);
    }

    public void truncateObjects() {
        List<String> objectKeys = locations.keySet().stream()
                .map(ObjectLocationKey::getObjectKey)
                .distinct()
                .toList();
        log.transaction(tx -> List.copyOf(locations.keySet()).forEach(key -> {
            locations.remove(key);
            tx.tombstone(topics.objectLocations(), key);
        }));
        notifyRemoved(objectKeys);
    }

    private void notifyRemoved(List<String> objectKeys) {
        String type = objectKeys.size() > 1 ? "DeleteBatch" : "Delete";
        objectKeys.stream().sorted().forEach(objectKey -> emit("s3:ObjectRemoved:" + type, objectKey));
    }

    public String startUpload(String objectKey, String backend) {
        String uploadId = "upload-" + ids++;
        log.transaction(tx -> {
            MultipartUpload row = new MultipartUpload(uploadId, objectKey, backend);
            uploads.put(uploadId, row);
            tx.insert(topics.multipartUploads(), new MultipartUploadKey(uploadId), row);
        });
        return uploadId;
    }

    public void uploadPart(String uploadId, int number, long size) {
        log.transaction(tx -> {
            MultipartPartKey key = new MultipartPartKey(uploadId, number);
            MultipartPart row = new MultipartPart(uploadId, number, size);
            if (parts.put(key, row) == null) {
                tx.insert(topics.multipartParts(), key, row);
            } else {
                tx.update(topics.multipartParts(), key, row);
            }
        });
    }

    /** The object's transaction, then the upload's rows in another one. */
    public void complete(String uploadId) {
        MultipartUpload upload = uploads.get(uploadId);
        long size = partsOf(uploadId).stream()
                .mapToLong(key -> parts.get(key).getSizeBytes())
                .sum();
        log.transaction(tx -> {
            deleteCopies(tx, upload.getObjectKey());
            insertCopy(tx, copy(upload.getObjectKey(), upload.getBackendName(), size, null, null));
        });
        emit(COMPLETED, upload.getObjectKey());
        abort(uploadId);
    }

    public void abort(String uploadId) {
        log.transaction(tx -> {
            partsOf(uploadId).forEach(part -> deletePart(tx, part));
            deleteUpload(tx, uploadId);
        });
    }

    /** As {@link #abort}, but the parts go by the cascade: after their upload. */
    void cascade(String uploadId) {
        log.transaction(tx -> {
            deleteUpload(tx, uploadId);
            partsOf(uploadId).forEach(part -> deletePart(tx, part));
        });
    }

    private void deleteUpload(CapturedLog.Transaction tx, String uploadId) {
        uploads.remove(uploadId);
        tx.delete(topics.multipartUploads(), new MultipartUploadKey(uploadId));
    }

    private void deletePart(CapturedLog.Transaction tx, MultipartPartKey key) {
        parts.remove(key);
        tx.delete(topics.multipartParts(), key);
    }

    private List<MultipartPartKey> partsOf(String uploadId) {
        return parts.keySet().stream()
                .filter(key -> key.getUploadId().equals(uploadId))
                .toList();
    }

    public long enqueueCleanup(String backend, String objectKey, long size) {
        long id = ++ids;
        log.transaction(tx -> {
            CleanupRow row = new CleanupRow(id, backend, objectKey, size);
            queue.put(id, row);
            tx.insert(topics.cleanupQueue(), new CleanupKey(id), row);
        });
        return id;
    }

    /** An instance claims the row, or tries again later: nothing that counts. */
    public void claimCleanup(long id) {
        log.transaction(tx -> tx.update(topics.cleanupQueue(), new CleanupKey(id), queue.get(id)));
    }

    void finishCleanup(long id) {
        log.transaction(tx -> {
            queue.remove(id);
            tx.delete(topics.cleanupQueue(), new CleanupKey(id));
        });
    }

    public void exhaustCleanup(long id) {
        log.transaction(tx -> {
            CleanupRow queued = queue.remove(id);
            CleanupDeadLetterRow row = new CleanupDeadLetterRow(
                    id,
                    queued.getBackendName(),
                    queued.getObjectKey(),
                    "delete_failed",
                    queued.getSizeBytes(),
                    10,
                    "503 Service Unavailable");
            deadLetters.put(id, row);
            tx.delete(topics.cleanupQueue(), new CleanupKey(id));
            tx.insert(topics.cleanupDeadLetters(), new CleanupKey(id), row);
        });
    }

    /** A row of cleanup_dlq is put back in the queue, as a new row there. */
    public void requeueCleanup(long deadLetter) {
        long id = ++ids;
        log.transaction(tx -> {
            CleanupDeadLetterRow dead = deadLetters.remove(deadLetter);
            CleanupRow row = new CleanupRow(id, dead.getBackendName(), dead.getObjectKey(), dead.getSizeBytes());
            queue.put(id, row);
            tx.delete(topics.cleanupDeadLetters(), new CleanupKey(deadLetter));
            tx.insert(topics.cleanupQueue(), new CleanupKey(id), row);
        });
    }

    public void flushUsage(String backend, String period, long requests, long egress, long ingress) {
        log.transaction(tx -> {
            BackendUsageKey key = new BackendUsageKey(backend, period);
            BackendUsageRow old = usage.get(key);
            BackendUsageRow row = new BackendUsageRow(
                    backend,
                    period,
                    requests + (old == null ? 0 : old.getApiRequests()),
                    egress + (old == null ? 0 : old.getEgressBytes()),
                    ingress + (old == null ? 0 : old.getIngressBytes()));
            usage.put(key, row);
            if (old == null) {
                tx.insert(topics.backendUsageRows(), key, row);
            } else {
                tx.update(topics.backendUsageRows(), key, row);
            }
        });
    }

    /** Every row of every table, as the snapshot of a new start reads them. */
    public void snapshot() {
        log.snapshot(tx -> {
            limits.forEach((name, limit) ->
                    tx.insert(topics.backendQuotaRows(), new BackendQuotaKey(name), new BackendQuotaRow(name, limit)));
            locations.forEach((key, row) -> tx.insert(topics.objectLocations(), key, row));
            queue.forEach((id, row) -> tx.insert(topics.cleanupQueue(), new CleanupKey(id), row));
            deadLetters.forEach((id, row) -> tx.insert(topics.cleanupDeadLetters(), new CleanupKey(id), row));
            uploads.forEach((id, row) -> tx.insert(topics.multipartUploads(), new MultipartUploadKey(id), row));
            parts.forEach((key, row) -> tx.insert(topics.multipartParts(), key, row));
            intents.forEach((id, row) -> tx.insert(topics.pendingObjects(), new PendingObjectKey(id), row));
            usage.forEach((key, row) -> tx.insert(topics.backendUsageRows(), key, row));
        });
    }

    /** The object key up to its first "/"; the empty string where there is none. */
    public static String bucketOf(String objectKey) {
        return objectKey.substring(0, Math.max(0, objectKey.indexOf('/')));
    }

    public List<String> objectKeys() {
        return locations.keySet().stream()
                .map(ObjectLocationKey::getObjectKey)
                .distinct()
                .toList();
    }

    public long queuedBytes(String backend) {
        return queue.values().stream()
                .filter(row -> row.getBackendName().equals(backend))
                .mapToLong(CleanupRow::getSizeBytes)
                .sum();
    }

    public long deadLetterBytes(String backend) {
        return deadLetters.values().stream()
                .filter(row -> row.getBackendName().equals(backend))
                .mapToLong(CleanupDeadLetterRow::getSizeBytes)
                .sum();
    }

    public List<ObjectLocation> copies(String objectKey) {
        return locations.values().stream()
                .filter(row -> row.getObjectKey().equals(objectKey))
                .toList();
    }

    private ObjectLocation copy(String objectKey, String backend, long size, Long plaintext, String hash) {
        return new ObjectLocation(objectKey, backend, size, plaintext, hash, times.of(log.now()));
    }

    private ObjectLocation copied(ObjectLocation source, String backend) {
        return copy(
                source.getObjectKey(),
                backend,
                source.getSizeBytes(),
                source.getPlaintextSize(),
                source.getContentHash());
    }

    private void insertCopy(CapturedLog.Transaction tx, ObjectLocation row) {
        locations.put(key(row), row);
        tx.insert(topics.objectLocations(), key(row), row);
    }

    private void deleteCopies(CapturedLog.Transaction tx, String objectKey) {
        copies(objectKey).forEach(copy -> deleteCopy(tx, key(copy)));
    }

    private void deleteCopy(CapturedLog.Transaction tx, ObjectLocationKey key) {
        locations.remove(key);
        tx.delete(topics.objectLocations(), key);
    }

    private static ObjectLocationKey key(ObjectLocation row) {
        return new ObjectLocationKey(row.getObjectKey(), row.getBackendName());
    }
}
