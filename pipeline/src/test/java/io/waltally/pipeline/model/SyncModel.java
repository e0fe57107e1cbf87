package io.waltally.pipeline.model;

import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.TimeForm;
import io.waltally.schemas.Change;
import io.waltally.schemas.Source;
import io.waltally.schemas.cdc.Bso;
import io.waltally.schemas.cdc.BsoKey;
import io.waltally.schemas.cdc.Collection;
import io.waltally.schemas.cdc.CollectionKey;
import io.waltally.schemas.cdc.UserCollectionRow;
import io.waltally.schemas.cdc.UserCollectionRowKey;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The tables of syncstorage, changed by its requests, each a transaction. */
public final class SyncModel {
    public static final Instant PRETOUCH = Instant.parse("0001-01-01T00:00:00Z");

    public final CapturedLog log;
    public final Map<BsoKey, Bso> records = new TreeMap<>();
    public final Map<UserCollectionRowKey, UserCollectionRow> collections = new TreeMap<>();
    public final Map<Integer, String> names = new TreeMap<>();

    private final TopicCatalogue topics;
    private final TimeForm times;

    public SyncModel(TopicCatalogue topics, Instant start) {
        this(topics, new CapturedLog(Source.SYNC, start), TimeForm.ZONED);
    }

    /** One of several that write the same log. */
    public SyncModel(TopicCatalogue topics, CapturedLog log, TimeForm times) {
        this.topics = topics;
        this.log = log;
        this.times = times;
    }

    public void name(int collectionId, String name) {
        names.put(collectionId, name);
        log.transaction(tx ->
                tx.insert(topics.collections(), new CollectionKey(collectionId), new Collection(collectionId, name)));
    }

    /** The row that a batch refers to before anything is in the collection. */
    public void pretouch(long userId, int collectionId) {
        log.transaction(tx -> pretouch(tx, userId, collectionId));
    }

    /** Pretouch, the records, then the collection's modified. */
    public void post(long userId, int collectionId, Map<String, String> payloads, Duration ttl) {
        log.transaction(tx -> {
            pretouch(tx, userId, collectionId);
            payloads.forEach((id, payload) -> {
                BsoKey key = new BsoKey(userId, collectionId, id);
                Bso row = new Bso(userId, collectionId, id, payload, expiry(ttl));
                if (records.put(key, row) == null) {
                    tx.insert(topics.bsos(), key, row);
                } else {
                    tx.update(topics.bsos(), key, row);
                }
            });
            touch(tx, userId, collectionId);
        });
    }

    /** An update of the expiry alone, of a payload so large that the server leaves it out. */
    public void changeTtl(long userId, int collectionId, String id, Duration ttl) {
        changeTtl(userId, collectionId, id, ttl, Change.UNAVAILABLE_VALUE);
    }

    /** An update of the expiry alone, of a payload that is stored with its row. */
    void changeTtlOfSmall(long userId, int collectionId, String id, Duration ttl) {
        changeTtl(
                userId,
                collectionId,
                id,
                ttl,
                records.get(new BsoKey(userId, collectionId, id)).getPayload());
    }

    private void changeTtl(long userId, int collectionId, String id, Duration ttl, String captured) {
        BsoKey key = new BsoKey(userId, collectionId, id);
        Bso old = records.get(key);
        log.transaction(tx -> {
            records.put(key, new Bso(userId, collectionId, id, old.getPayload(), expiry(ttl)));
            tx.update(topics.bsos(), key, new Bso(userId, collectionId, id, captured, expiry(ttl)));
        });
    }

    public void deleteRecord(long userId, int collectionId, String id) {
        log.transaction(tx -> {
            BsoKey key = new BsoKey(userId, collectionId, id);
            records.remove(key);
            tx.delete(topics.bsos(), key);
            touch(tx, userId, collectionId);
        });
    }

    public void deleteCollection(long userId, int collectionId) {
        log.transaction(tx -> {
            for (BsoKey key : recordsOf(userId, collectionId)) {
                records.remove(key);
                tx.delete(topics.bsos(), key);
            }
            UserCollectionRowKey key = new UserCollectionRowKey(userId, collectionId);
            if (collections.remove(key) != null) {
                tx.delete(topics.userCollectionRows(), key);
            }
            touch(tx, userId, 0);
        });
    }

    public void deleteStorage(long userId) {
        log.transaction(tx -> {
            for (BsoKey key : List.copyOf(records.keySet())) {
                if (key.getUserId() == userId) {
                    records.remove(key);
                    tx.delete(topics.bsos(), key);
                }
            }
            for (UserCollectionRowKey key : List.copyOf(collections.keySet())) {
                if (key.getUserId() == userId) {
                    collections.remove(key);
                    tx.delete(topics.userCollectionRows(), key);
                }
            }
        });
    }

    public void purge() {
        log.transaction(tx -> {
            for (BsoKey key : List.copyOf(records.keySet())) {
                if (!isUnexpired(records.get(key), log.now())) {
                    records.remove(key);
                    tx.delete(topics.bsos(), key);
                }
            }
        });
    }

    public void snapshot() {
        log.snapshot(tx -> {
            names.forEach(
                    (id, name) -> tx.insert(topics.collections(), new CollectionKey(id), new Collection(id, name)));
            collections.forEach((key, row) -> tx.insert(topics.userCollectionRows(), key, row));
            records.forEach((key, row) -> tx.insert(topics.bsos(), key, row));
        });
    }

    public static boolean isUnexpired(Bso row, Instant now) {
        Instant expiry = TimeForm.instant(row.getExpiry());
        return expiry == null || expiry.isAfter(now);
    }

    public List<BsoKey> recordsOf(long userId, int collectionId) {
        return records.keySet().stream()
                .filter(key -> key.getUserId() == userId && key.getCollectionId() == collectionId)
                .toList();
    }

    private void pretouch(CapturedLog.Transaction tx, long userId, int collectionId) {
        UserCollectionRowKey key = new UserCollectionRowKey(userId, collectionId);
        if (!collections.containsKey(key)) {
            UserCollectionRow row = new UserCollectionRow(userId, collectionId, times.of(PRETOUCH));
            collections.put(key, row);
            tx.insert(topics.userCollectionRows(), key, row);
        }
    }

    private void touch(CapturedLog.Transaction tx, long userId, int collectionId) {
        UserCollectionRowKey key = new UserCollectionRowKey(userId, collectionId);
        UserCollectionRow row = new UserCollectionRow(userId, collectionId, times.of(log.now()));
        if (collections.put(key, row) == null) {
            tx.insert(topics.userCollectionRows(), key, row);
        } else {
            tx.update(topics.userCollectionRows(), key, row);
        }
    }

    private Object expiry(Duration ttl) {
        return ttl == null ? times.never() : times.of(log.now().plus(ttl));
    }
}
