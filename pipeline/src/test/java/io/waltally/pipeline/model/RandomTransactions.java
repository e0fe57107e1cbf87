package io.waltally.pipeline.model;

import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.schemas.Change;
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
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.specific.SpecificRecord;

/**
 * Transactions that change any rows of s3-orchestrator's tables together, including changes that its store methods
 * never make, but an operator with psql may. Few objects, backends and contents, so that they often interfere.
 */
public final class RandomTransactions {
    private final TopicCatalogue topics;
    private final CapturedLog log;
    private final String prefix;
    private final Random random;
    private final Map<Topic<?, ?>, Map<Object, Object>> tables = new LinkedHashMap<>();
    private int ids;

    /** @param prefix of the backends and buckets, so that several can share their tables */
    public RandomTransactions(TopicCatalogue topics, CapturedLog log, String prefix, Random random) {
        this.topics = topics;
        this.log = log;
        this.prefix = prefix;
        this.random = random;
    }

    public void next() {
        log.transaction(tx -> {
            for (int i = random.nextInt(5); i >= 0; i--) {
                change(tx);
            }
        });
    }

    private void change(CapturedLog.Transaction tx) {
        String object = prefix + "photos/" + random.nextInt(4);
        String backend = prefix + "b" + random.nextInt(3);
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> {
                ObjectLocation row = new ObjectLocation(
                        object, backend, 100L * (1 + random.nextInt(2)), null, "hash" + random.nextInt(2), null);
                change(tx, topics.objectLocations(), new ObjectLocationKey(object, backend), row);
            }
            case 4, 5 -> move(tx, object);
            case 6 -> deleteObject(tx, object);
            case 7, 8 -> {
                String id = prefix + "intent-" + ids++;
                PendingObject row = new PendingObject(id, object, backend, 100L);
                openOrClose(tx, topics.pendingObjects(), new PendingObjectKey(id), row);
            }
            case 9, 10 -> {
                String id = prefix + "upload-" + ids++;
                MultipartUpload row = new MultipartUpload(id, object, backend);
                openOrClose(tx, topics.multipartUploads(), new MultipartUploadKey(id), row);
            }
            case 11 -> {
                String id = prefix + "upload-" + random.nextInt(ids + 1);
                MultipartPartKey key = new MultipartPartKey(id, random.nextInt(3));
                change(tx, topics.multipartParts(), key, new MultipartPart(id, key.getPartNumber(), 50L));
            }
            case 12 ->
                change(
                        tx,
                        topics.backendQuotaRows(),
                        new BackendQuotaKey(backend),
                        new BackendQuotaRow(backend, 500L * random.nextInt(3)));
            case 13 -> {
                long cleanup = prefix.hashCode() * 100L + random.nextInt(3);
                CleanupRow row = new CleanupRow(cleanup, backend, object, 100L);
                change(tx, topics.cleanupQueue(), new CleanupKey(cleanup), row);
            }
            case 14 -> {
                long cleanup = prefix.hashCode() * 100L + random.nextInt(3);
                CleanupDeadLetterRow row =
                        new CleanupDeadLetterRow(cleanup, backend, object, "delete_failed", 100L, 10, null);
                change(tx, topics.cleanupDeadLetters(), new CleanupKey(cleanup), row);
            }
            default -> {
                BackendUsageRow row =
                        new BackendUsageRow(backend, "2026-11", random.nextInt(12) * 1L, random.nextInt(12) * 1L, 0L);
                change(tx, topics.backendUsageRows(), new BackendUsageKey(backend, "2026-11"), row);
            }
        }
    }

    /** Inserts the row, whose id is not used again, or deletes another one. */
    private <K extends SpecificRecord, R> void openOrClose(
            CapturedLog.Transaction tx, Topic<K, Change<R>> topic, K key, R row) {
        List<Object> open = List.copyOf(rows(topic).keySet());
        if (open.size() < 2) {
            put(tx, topic, key, row);
        } else {
            @SuppressWarnings("unchecked") // as the topic has them
            K doomed = (K) open.get(random.nextInt(open.size()));
            delete(tx, topic, doomed);
        }
    }

    private void move(CapturedLog.Transaction tx, String object) {
        for (ObjectLocationKey key : keysOf(object)) {
            ObjectLocation row = (ObjectLocation) rows(topics.objectLocations()).get(key);
            String to = prefix + "b" + random.nextInt(3);
            if (!rows(topics.objectLocations()).containsKey(new ObjectLocationKey(object, to))) {
                delete(tx, topics.objectLocations(), key);
                put(
                        tx,
                        topics.objectLocations(),
                        new ObjectLocationKey(object, to),
                        new ObjectLocation(object, to, row.getSizeBytes(), null, row.getContentHash(), null));
            }
        }
    }

    private void deleteObject(CapturedLog.Transaction tx, String object) {
        boolean truncate = random.nextInt(4) == 0;
        for (ObjectLocationKey key : keysOf(object)) {
            if (truncate) {
                rows(topics.objectLocations()).remove(key);
                tx.tombstone(topics.objectLocations(), key);
            } else {
                delete(tx, topics.objectLocations(), key);
            }
        }
    }

    private List<ObjectLocationKey> keysOf(String object) {
        List<ObjectLocationKey> keys = new ArrayList<>();
        rows(topics.objectLocations()).keySet().forEach(key -> {
            if (((ObjectLocationKey) key).getObjectKey().equals(object)) {
                keys.add((ObjectLocationKey) key);
            }
        });
        return keys;
    }

    /** Inserts the row; if there is one, deletes, replaces or updates it. */
    private <K extends SpecificRecord, R> void change(
            CapturedLog.Transaction tx, Topic<K, Change<R>> topic, K key, R row) {
        boolean there = rows(topic).containsKey(key);
        int chance = random.nextInt(3);
        if (there && chance > 0) {
            delete(tx, topic, key);
        }
        if (!there || chance < 2) {
            put(tx, topic, key, row);
        }
    }

    private <K extends SpecificRecord, R> void put(
            CapturedLog.Transaction tx, Topic<K, Change<R>> topic, K key, R row) {
        if (rows(topic).put(key, row) == null) {
            tx.insert(topic, key, row);
        } else {
            tx.update(topic, key, row);
        }
    }

    private <K extends SpecificRecord, R> void delete(CapturedLog.Transaction tx, Topic<K, Change<R>> topic, K key) {
        rows(topic).remove(key);
        tx.delete(topic, key);
    }

    private Map<Object, Object> rows(Topic<?, ?> topic) {
        return tables.computeIfAbsent(topic, table -> new LinkedHashMap<>());
    }

    /** Every row of every table, as the snapshot of a new start reads them. */
    public void snapshot() {
        log.snapshot(tx -> tables.forEach((topic, rows) -> rows.forEach((key, row) -> read(tx, topic, key, row))));
    }

    private static <K extends SpecificRecord, R> void read(
            CapturedLog.Transaction tx, Topic<?, ?> topic, Object key, Object row) {
        @SuppressWarnings("unchecked") // as the topic has them
        Topic<K, Change<R>> typed = (Topic<K, Change<R>>) topic;
        @SuppressWarnings("unchecked")
        K typedKey = (K) key;
        @SuppressWarnings("unchecked")
        R typedRow = (R) row;
        tx.insert(typed, typedKey, typedRow);
    }
}
