package io.waltally.workload.sync;

import io.waltally.workload.operation.Operation;
import io.waltally.workload.operation.OperationGenerator;
import io.waltally.workload.operation.OperationMix;
import io.waltally.workload.session.DatabaseSession;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Predicate;

/** Generates the operations of the clients of a few users at random, and calls the store. */
public final class SyncOperations implements OperationGenerator {
    /** clients, forms, history, bookmarks, prefs, tabs and passwords, which the application's own load test writes. */
    private static final List<Integer> COLLECTIONS = List.of(1, 3, 4, 7, 8, 9, 10);

    private static final int OWN_USERS_OF_ALL_WRITERS = 24;
    private static final int SHARED_USERS = 3;
    private static final double SHARED_FRACTION = 0.06;
    private static final int MAX_CUSTOM_COLLECTIONS = 20;
    private static final int MAX_OPEN_BATCHES = 6;
    private static final long BATCH_LIFETIME = 7_200;
    private static final long A_YEAR = 31_536_000;
    private static final int HIGHEST_SORTINDEX = 999_999_999;

    /** A batch upload in progress: records up to {@code next} are staged. */
    private record Batch(UUID id, RecordSlots slots, int first, int next) {}

    private final SplittableRandom random;
    private final SyncStore store;
    private final Payloads payloads;
    private final List<List<RecordSlots>> own = new ArrayList<>();
    private final List<List<RecordSlots>> shared = new ArrayList<>();
    private final Deque<Batch> openBatches = new ArrayDeque<>();
    private final OperationMix mix;
    private int customCollections;

    public SyncOperations(DatabaseSession session, SplittableRandom random, long seed, int writer, int writers) {
        this.random = random;
        // Quotas are a setting of the application: half of all seeds use them.
        this.store = new SyncStore(session, (seed & 1) == 0);
        this.payloads = new Payloads(random.split());
        int users = Math.max(4, OWN_USERS_OF_ALL_WRITERS / writers);
        // Identifiers beyond 32 bits are valid users, too.
        for (int i = 0; i < users; i++)
            own.add(collections((i % 4 == 3 ? 5_000_000_000L : 0) + 1_000L * (writer + 1) + i));
        for (int i = 0; i < SHARED_USERS; i++) shared.add(collections(i + 1L));
        this.mix = new OperationMix(List.of(
                new Operation("create-collection", 2, this::createCollection),
                new Operation("put", 300, this::put),
                new Operation("put-short-lived", 60, this::putShortLived),
                new Operation("put-large", 12, this::putLarge),
                new Operation("put-ttl-only", 90, this::putTtlOnly),
                new Operation("put-sortindex-only", 60, this::putSortindexOnly),
                new Operation("touch-large", 20, this::touchLarge),
                new Operation("put-rolled-back", 20, this::putRolledBack),
                new Operation("put-with-savepoint", 15, this::putWithSavepoint),
                new Operation("merge", 70, this::merge),
                new Operation("batch-open", 18, this::openBatch),
                new Operation("batch-append", 22, this::appendToBatch),
                new Operation("batch-commit", 17, this::commitBatch),
                new Operation("batch-abandon", 3, this::abandonBatch),
                new Operation("delete", 80, this::delete),
                new Operation("delete-several", 20, this::deleteSeveral),
                new Operation("delete-collection", 8, this::deleteCollection),
                new Operation("delete-storage", 3, this::deleteStorage),
                new Operation("purge", 6, this::purge)));
    }

    @Override
    public String store() {
        return "sync";
    }

    @Override
    public List<Operation> operations() {
        return mix.operations();
    }

    @Override
    public Operation next() {
        return mix.choose(random);
    }

    private boolean createCollection() throws SQLException {
        if (customCollections >= MAX_CUSTOM_COLLECTIONS) return false;
        Optional<Integer> created = store.createCollection(newCollectionName());
        customCollections++;
        if (created.isEmpty()) return false;
        List<RecordSlots> user = own.get(random.nextInt(own.size()));
        user.add(new RecordSlots(
                new SyncStore.Collection(user.get(0).collection().user(), created.get())));
        return true;
    }

    private boolean put() throws SQLException {
        RecordSlots slots = anySlots();
        int index = slots.any(random);
        store.put(
                slots.collection(), new BsoPut(RecordSlots.id(index), sortindexOrNull(), payloads.next(), ttlOrNull()));
        slots.written(index);
        return true;
    }

    private boolean putShortLived() throws SQLException {
        RecordSlots slots = anySlots();
        int index = slots.any(random);
        store.put(slots.collection(), new BsoPut(RecordSlots.id(index), null, payloads.next(), shortTtl()));
        slots.written(index);
        return true;
    }

    private boolean putLarge() throws SQLException {
        RecordSlots slots = anySlots();
        int index = slots.anyLarge(random);
        store.put(slots.collection(), new BsoPut(RecordSlots.largeId(index), null, payloads.nextLarge(), null));
        slots.writtenLarge(index);
        return true;
    }

    /** Changes the expiry and not the modification time; inserts a missing record with an empty payload. */
    private boolean putTtlOnly() throws SQLException {
        RecordSlots slots = slotsWith(RecordSlots::hasRecords).orElseGet(this::anySlots);
        int index = slots.hasRecords() && random.nextInt(10) > 0 ? slots.anyLive(random) : slots.any(random);
        long ttl = random.nextInt(5) == 0 ? shortTtl() : random.nextLong(60, A_YEAR);
        store.put(slots.collection(), new BsoPut(RecordSlots.id(index), null, null, ttl));
        slots.written(index);
        return true;
    }

    private boolean putSortindexOnly() throws SQLException {
        Optional<RecordSlots> slots = slotsWith(RecordSlots::hasRecords);
        if (slots.isEmpty()) return false;
        int index = slots.get().anyLive(random);
        store.put(slots.get().collection(), new BsoPut(RecordSlots.id(index), sortindex(), null, null));
        return true;
    }

    /** Updates that leave an out-of-line payload unchanged. */
    private boolean touchLarge() throws SQLException {
        Optional<RecordSlots> slots = slotsWith(RecordSlots::hasLarge);
        if (slots.isEmpty()) return false;
        String id = RecordSlots.largeId(slots.get().anyLiveLarge(random));
        BsoPut touch = random.nextBoolean()
                ? new BsoPut(id, sortindex(), null, null)
                : new BsoPut(id, null, null, random.nextLong(60, A_YEAR));
        store.put(slots.get().collection(), touch);
        return true;
    }

    private boolean putRolledBack() throws SQLException {
        RecordSlots slots = anySlots();
        int index = slots.any(random);
        store.putAndRollBack(slots.collection(), new BsoPut(RecordSlots.id(index), null, payloads.next(), null));
        return true;
    }

    private boolean putWithSavepoint() throws SQLException {
        RecordSlots slots = anySlots();
        int kept = slots.any(random);
        BsoPut first = new BsoPut(RecordSlots.id(kept), null, payloads.next(), null);
        BsoPut second = new BsoPut(RecordSlots.id(slots.any(random)), null, payloads.next(), null);
        store.putWithSavepoint(slots.collection(), first, second);
        slots.written(kept);
        return true;
    }

    private boolean merge() throws SQLException {
        RecordSlots slots = anySlots();
        int posts = 20 + random.nextInt(SyncStore.MAX_POSTED - 19);
        int first = random.nextInt(RecordSlots.ORDINARY);
        store.merge(slots.collection(), posts(first, posts));
        written(slots, first, posts);
        return true;
    }

    private boolean openBatch() throws SQLException {
        if (openBatches.size() >= MAX_OPEN_BATCHES) return false;
        RecordSlots slots = anySlots();
        int first = random.nextInt(RecordSlots.ORDINARY);
        int posts = 20 + random.nextInt(20);
        UUID id = store.openBatch(slots.collection(), UUID.randomUUID(), BATCH_LIFETIME, posts(first, posts));
        openBatches.add(new Batch(id, slots, first, first + posts));
        return true;
    }

    private boolean appendToBatch() throws SQLException {
        Batch batch = openBatches.poll();
        if (batch == null) return false;
        int posts = Math.min(20 + random.nextInt(20), batch.first() + RecordSlots.ORDINARY - batch.next());
        if (posts == 0) return commit(batch);
        if (!store.appendToBatch(batch.slots().collection(), batch.id(), posts(batch.next(), posts))) return false;
        openBatches.add(new Batch(batch.id(), batch.slots(), batch.first(), batch.next() + posts));
        return true;
    }

    private boolean commitBatch() throws SQLException {
        Batch batch = openBatches.poll();
        return batch != null && commit(batch);
    }

    private boolean commit(Batch batch) throws SQLException {
        if (!store.commitBatch(batch.slots().collection(), batch.id())) return false;
        written(batch.slots(), batch.first(), batch.next() - batch.first());
        return true;
    }

    /** A client that never returns: the purge finds the expired batch. */
    private boolean abandonBatch() throws SQLException {
        int posts = 20 + random.nextInt(20);
        List<BsoPut> first = posts(random.nextInt(RecordSlots.ORDINARY), posts);
        store.openBatch(anySlots().collection(), UUID.randomUUID(), shortTtl(), first);
        return true;
    }

    private boolean delete() throws SQLException {
        Optional<RecordSlots> slots = slotsWith(RecordSlots::hasRecords);
        if (slots.isEmpty()) return false;
        return store.delete(slots.get().collection(), slots.get().takeLive(1, random)) > 0;
    }

    private boolean deleteSeveral() throws SQLException {
        Optional<RecordSlots> slots = slotsWith(RecordSlots::hasRecords);
        if (slots.isEmpty()) return false;
        return store.delete(slots.get().collection(), slots.get().takeLive(2 + random.nextInt(20), random)) > 0;
    }

    private boolean deleteCollection() throws SQLException {
        Optional<RecordSlots> slots = slotsWith(RecordSlots::hasRecords);
        if (slots.isEmpty()) return false;
        slots.get().clear();
        return store.deleteCollection(slots.get().collection());
    }

    private boolean deleteStorage() throws SQLException {
        List<RecordSlots> user = anyUser();
        user.forEach(RecordSlots::clear);
        return store.deleteStorage(user.get(0).collection().user());
    }

    private boolean purge() throws SQLException {
        return store.purge() > 0;
    }

    /** Records with successive ids; most have a payload, some have only a TTL or a sort index. */
    private List<BsoPut> posts(int first, int count) {
        List<BsoPut> posts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String id = RecordSlots.id((first + i) % RecordSlots.ORDINARY);
            posts.add(
                    switch (random.nextInt(20)) {
                        case 0 -> new BsoPut(id, null, null, random.nextLong(60, A_YEAR));
                        case 1 -> new BsoPut(id, sortindex(), null, null);
                        case 2 -> new BsoPut(id, null, payloads.next(), shortTtl());
                        default -> new BsoPut(id, sortindexOrNull(), payloads.next(), ttlOrNull());
                    });
        }
        return posts;
    }

    private static void written(RecordSlots slots, int first, int count) {
        for (int i = 0; i < count; i++) slots.written((first + i) % RecordSlots.ORDINARY);
    }

    private List<RecordSlots> anyUser() {
        List<List<RecordSlots>> users = random.nextDouble() < SHARED_FRACTION ? shared : own;
        return users.get(random.nextInt(users.size()));
    }

    private RecordSlots anySlots() {
        List<RecordSlots> user = anyUser();
        return user.get(random.nextInt(user.size()));
    }

    private Optional<RecordSlots> slotsWith(Predicate<RecordSlots> condition) {
        for (int i = 0; i < 8; i++) {
            RecordSlots slots = anySlots();
            if (condition.test(slots)) return Optional.of(slots);
        }
        return own.stream().flatMap(List::stream).filter(condition).findFirst();
    }

    private Integer sortindexOrNull() {
        return random.nextInt(3) == 0 ? sortindex() : null;
    }

    private Integer sortindex() {
        return random.nextInt(-HIGHEST_SORTINDEX, HIGHEST_SORTINDEX + 1);
    }

    private Long ttlOrNull() {
        return random.nextInt(6) == 0 ? random.nextLong(60, A_YEAR) : null;
    }

    /** Not derived from the seed: a second run on the same database must not collide with the names of the first. */
    private static String newCollectionName() {
        return "addon-" + Long.toUnsignedString(UUID.randomUUID().getMostSignificantBits(), 36);
    }

    /** 2 to 8 seconds. */
    private long shortTtl() {
        return random.nextLong(2, 9);
    }

    private static List<RecordSlots> collections(long user) {
        List<RecordSlots> slots = new ArrayList<>();
        for (int collection : COLLECTIONS) slots.add(new RecordSlots(new SyncStore.Collection(user, collection)));
        return slots;
    }
}
