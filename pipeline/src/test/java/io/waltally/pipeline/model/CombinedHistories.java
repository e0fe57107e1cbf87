package io.waltally.pipeline.model;

import io.waltally.pipeline.captured.CapturedLog;
import io.waltally.pipeline.captured.TimeForm;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random histories of both applications in the same tables: each has its own backends, buckets, users and collections,
 * and their transactions interleave.
 */
public final class CombinedHistories {
    private static final Duration QUIET = Duration.ofMinutes(1);
    private static final int COLLECTIONS = 3;
    private static final int FIRST_COLLECTION = 101;

    public final CapturedLog storeLog;
    public final CapturedLog syncLog;
    public final List<ObjectStoreModel> stores = new ArrayList<>();
    public final List<SyncModel> syncs = new ArrayList<>();

    private final Random random;
    private final List<ObjectStoreRequests> storeRequests = new ArrayList<>();
    private final List<SyncRequests> syncRequests = new ArrayList<>();
    private final List<Runnable> unnamed = new ArrayList<>();

    public CombinedHistories(TopicCatalogue topics, Instant start, int count, Random random) {
        this.random = random;
        storeLog = new CapturedLog(Source.S3, start);
        syncLog = new CapturedLog(Source.SYNC, start);
        for (int i = 0; i < count; i++) {
            TimeForm times = random.nextInt(3) == 0 ? TimeForm.LOCAL : TimeForm.ZONED;
            ObjectStoreModel store = new ObjectStoreModel(topics, storeLog, i, times);
            stores.add(store);
            storeRequests.add(new ObjectStoreRequests(store, "h" + i + "-", random));
            SyncModel sync = new SyncModel(topics, syncLog, times);
            syncs.add(sync);
            List<Integer> collections = new ArrayList<>();
            for (int j = 0; j < COLLECTIONS; j++) {
                int collection = FIRST_COLLECTION + i * COLLECTIONS + j;
                collections.add(collection);
                unnamed.add(() -> sync.name(collection, "collection " + collection));
            }
            syncRequests.add(new SyncRequests(sync, 1 + i * 10L, collections, random));
        }
    }

    public List<CapturedLog> logs() {
        return List.of(storeLog, syncLog);
    }

    public Instant now() {
        return storeLog.now();
    }

    /** Lets each application do so much on average, in no order, while that time passes; the last minute is quiet. */
    public void extend(int requests, Duration duration) {
        Instant end = now().plus(duration);
        syncRequests.forEach(sync -> sync.boundary(end));
        int total = requests * stores.size();
        for (int i = 0; i < total; i++) {
            Duration rest = Duration.between(now(), end.minus(QUIET));
            pass(rest.dividedBy(total).multipliedBy(random.nextInt(3)).truncatedTo(ChronoUnit.MICROS));
            storeRequests.get(random.nextInt(stores.size())).next();
            syncRequests.get(random.nextInt(syncs.size())).next();
            if (random.nextInt(requests) == 0 && !unnamed.isEmpty()) {
                unnamed.remove(random.nextInt(unnamed.size())).run();
            }
        }
        pass(Duration.between(now(), end));
    }

    private void pass(Duration duration) {
        storeLog.wait(duration);
        syncLog.wait(duration);
    }

    /** Capture reads all tables of both sources again. */
    public void snapshot() {
        stores.forEach(ObjectStoreModel::snapshot);
        syncs.forEach(SyncModel::snapshot);
    }
}
