package io.waltally.workload.objectstore;

import io.waltally.workload.operation.Operation;
import io.waltally.workload.operation.OperationGenerator;
import io.waltally.workload.operation.OperationMix;
import io.waltally.workload.session.DatabaseSession;
import io.waltally.workload.session.TransactionAbandoned;
import java.sql.SQLException;
import java.time.Clock;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Generates the operations of one instance of s3-orchestrator at random, and calls the stores. */
public final class ObjectStoreOperations implements OperationGenerator {
    public static final long GIBIBYTE = 1L << 30;
    public static final long BACKEND_LIMIT = 10 * GIBIBYTE;
    public static final List<String> LIMITED_BACKENDS = List.of("backend-a", "backend-b", "backend-c");
    public static final String UNLIMITED_BACKEND = "archive";

    private static final List<Long> LIMITS =
            List.of(BACKEND_LIMIT, BACKEND_LIMIT - GIBIBYTE / 2, BACKEND_LIMIT + GIBIBYTE / 2, BACKEND_LIMIT);
    private static final long MORE_THAN_ANY_LIMIT = 12 * GIBIBYTE;
    private static final long MEBIBYTE = 1L << 20;
    private static final long SMALL = 64 * 1024;
    private static final double INITIAL_UTILIZATION = 0.68;
    private static final long INVENTORY_OBJECT = 64 * MEBIBYTE;
    /** Bytes per limited backend that fill it to its initial utilization. */
    private static final int INVENTORY_OBJECTS = 109;

    private static final int MAX_OPEN_UPLOADS = 6;
    private static final int MAX_LEFT_INTENTS = 8;
    private static final HexFormat HEX = HexFormat.of();

    /** A multipart upload in progress. */
    private record Upload(String id, ObjectSlot slot, String backend, List<Long> parts) {
        long size() {
            return parts.stream().mapToLong(Long::longValue).sum();
        }
    }

    /** An intent whose PUT was never committed. */
    private record LeftIntent(ObjectSlot slot, String id) {}

    private final SplittableRandom random;
    private final Clock clock;
    private final String worker;
    private final BackendGauges gauges = new BackendGauges();
    private final ObjectKeyspace keys;
    private final ObjectStore objects;
    private final MultipartStore uploads;
    private final CleanupStore cleanups;
    private final UsageMeter usage;
    private final OperationMix mix;
    private final Deque<LeftIntent> leftIntents = new ArrayDeque<>();
    private final List<Upload> openUploads = new ArrayList<>();
    private int inventory;
    private boolean lastMonthFlushed;

    public ObjectStoreOperations(
            DatabaseSession session, SplittableRandom random, Clock clock, int writer, int writers) {
        this.random = random;
        this.clock = clock;
        this.worker = "instance-" + writer;
        this.keys = new ObjectKeyspace(random, writer, writers);
        this.objects = new ObjectStore(session, gauges);
        this.uploads = new MultipartStore(session);
        this.cleanups = new CleanupStore(session);
        this.usage = new UsageMeter(session);
        this.inventory = LIMITED_BACKENDS.size() * INVENTORY_OBJECTS / writers;
        this.mix = new OperationMix(List.of(
                new Operation("import", 10, this::importObject),
                new Operation("put", 260, this::put),
                new Operation("copy", 50, this::copy),
                new Operation("put-rolled-back", 20, this::putRolledBack),
                new Operation("promote-pending", 20, this::promotePending),
                new Operation("put-over-quota", 10, this::putOverQuota),
                new Operation("put-with-savepoint", 20, this::putWithSavepoint),
                new Operation("replicate", 100, this::replicate),
                new Operation("move", 60, this::move),
                new Operation("replicate-and-remove-excess", 10, this::replicateAndRemoveExcess),
                new Operation("remove-excess", 40, this::removeExcess),
                new Operation("encrypt", 30, this::encrypt),
                new Operation("decrypt", 10, this::decrypt),
                new Operation("backfill-hash", 20, this::backfillHash),
                new Operation("multipart-open", 30, this::openUpload),
                new Operation("multipart-part", 100, this::putPart),
                new Operation("multipart-complete", 25, this::completeUpload),
                new Operation("multipart-abort", 7, this::abortUpload),
                new Operation("multipart-abort-stale", 3, this::abortStaleUpload),
                new Operation("delete", 70, this::delete),
                new Operation("delete-batch", 12, this::deleteBatch),
                new Operation("delete-unreachable", 30, this::deleteUnreachable),
                new Operation("cleanup-complete", 40, this::completeCleanups),
                new Operation("cleanup-fail", 10, this::failCleanup),
                new Operation("cleanup-exhaust", 3, this::exhaustCleanup),
                new Operation("dlq-return", 3, this::returnDeadLetter),
                new Operation("prune-stale", 10, this::pruneStale),
                new Operation("lifecycle", 4, this::lifecycle),
                new Operation("usage-flush", 20, this::flushUsage),
                new Operation("sync-limits", 4, this::syncLimits),
                new Operation("backend-remove", 3, this::removeBackend)));
    }

    @Override
    public String store() {
        return "s3";
    }

    @Override
    public List<Operation> operations() {
        return mix.operations();
    }

    @Override
    public Operation next() {
        charge(anyBackend(), 1, random.nextLong(MEBIBYTE), 0);
        // Existing objects are imported first, as the application's first synchronization does.
        if (inventory > 0 && random.nextInt(10) < 7) return mix.operations().get(0);
        return mix.choose(random);
    }

    private boolean importObject() throws SQLException {
        boolean ofInventory = inventory > 0;
        if (ofInventory) inventory--;
        String backend = LIMITED_BACKENDS.get(random.nextInt(LIMITED_BACKENDS.size()));
        if (gauges.utilization(backend) > INITIAL_UTILIZATION) backend = UNLIMITED_BACKEND;
        Optional<ObjectSlot> slot = keys.findOwn(free -> !free.isLive());
        if (slot.isEmpty()) return false;
        long size = ofInventory ? around(INVENTORY_OBJECT) : sizeFor(backend);
        ObjectStore.Outcome outcome = objects.importObject(slot.get().key(), backend, size);
        slot.get().update(outcome.copies());
        return true;
    }

    private boolean put() throws SQLException {
        // One in four overwrites an existing object; others do so by chance.
        ObjectSlot slot = random.nextInt(4) > 0 ? keys.any() : victim().orElseGet(keys::any);
        String backend = anyBackend();
        return write(slot, new Copy(backend, newContent(sizeFor(backend))));
    }

    private boolean copy() throws SQLException {
        Optional<ObjectSlot> source = keys.find(ObjectSlot::isLive);
        if (source.isEmpty()) return false;
        Copy from = source.get().copies().get(0);
        charge(from.backend(), 1, from.size(), 0);
        return write(keys.any(), new Copy(backendWithRoom(), from.content()));
    }

    private boolean write(ObjectSlot slot, Copy copy) throws SQLException {
        String intent = objects.registerIntent(slot.key(), copy, uuid());
        charge(copy.backend(), 1, 0, copy.size());
        ObjectStore.Outcome outcome;
        try {
            outcome = objects.put(slot.key(), copy, intent);
        } catch (TransactionAbandoned quotaExceeded) {
            objects.dropIntent(intent);
            cleanups.enqueue(slot.key(), copy, "put_quota_exceeded");
            throw quotaExceeded;
        }
        slot.update(outcome.copies());
        removeDisplaced(slot.key(), copy.backend(), outcome.removed());
        return true;
    }

    /** Copies that were replaced on other backends are deleted there after the commit, or their deletion is queued. */
    private void removeDisplaced(String key, String written, List<Copy> removed) throws SQLException {
        for (Copy displaced : removed) {
            if (displaced.backend().equals(written)) continue;
            charge(displaced.backend(), 1, 0, 0);
            if (random.nextInt(4) == 0) cleanups.enqueue(key, displaced, "overwrite_displaced");
        }
    }

    private boolean putRolledBack() throws SQLException {
        if (leftIntents.size() >= MAX_LEFT_INTENTS) return false;
        ObjectSlot slot = keys.anyOwn();
        Copy copy = new Copy(UNLIMITED_BACKEND, newContent(sizeFor(UNLIMITED_BACKEND)));
        String intent = objects.registerIntent(slot.key(), copy, uuid());
        objects.putAndRollBack(slot.key(), copy, intent);
        leftIntents.add(new LeftIntent(slot, intent));
        return true;
    }

    private boolean promotePending() throws SQLException {
        LeftIntent left = leftIntents.poll();
        if (left == null) return false;
        Optional<ObjectStore.Outcome> outcome =
                objects.promotePending(left.slot().key(), left.id());
        if (outcome.isEmpty()) return false;
        left.slot().update(outcome.get().copies());
        removeDisplaced(left.slot().key(), UNLIMITED_BACKEND, outcome.get().removed());
        return true;
    }

    private boolean putOverQuota() throws SQLException {
        ObjectSlot slot = keys.any();
        Copy copy = new Copy(anyLimitedBackend(), newContent(MORE_THAN_ANY_LIMIT));
        String intent = objects.registerIntent(slot.key(), copy, uuid());
        try {
            objects.put(slot.key(), copy, intent);
        } catch (TransactionAbandoned quotaExceeded) {
            objects.dropIntent(intent);
            return true;
        }
        throw new IllegalStateException("a PUT of more than any limit was not refused on " + copy.backend());
    }

    private boolean putWithSavepoint() throws SQLException {
        ObjectSlot slot = keys.any();
        Content content = newContent(sizeFor(UNLIMITED_BACKEND));
        Copy first = new Copy(anyLimitedBackend(), content);
        Copy second = new Copy(UNLIMITED_BACKEND, content);
        String intent = objects.registerIntent(slot.key(), first, uuid());
        ObjectStore.Outcome outcome = objects.putAtSecondAttempt(slot.key(), first, second, intent);
        slot.update(outcome.copies());
        removeDisplaced(slot.key(), second.backend(), outcome.removed());
        return true;
    }

    /** Most objects get their second copy; some get one more than they should have. */
    private boolean replicate() throws SQLException {
        int copies = random.nextInt(8) == 0 ? 2 : 1;
        Optional<ObjectSlot> slot = keys.find(known -> known.copies().size() == copies);
        if (slot.isEmpty()) return false;
        Optional<String> target = otherBackend(slot.get());
        return target.isPresent() && replicate(slot.get(), target.get());
    }

    private boolean replicate(ObjectSlot slot, String target) throws SQLException {
        ObjectStore.Outcome outcome = objects.recordReplica(slot.key(), target);
        slot.update(outcome.copies());
        if (outcome.added().isEmpty()) return false;
        Copy source = outcome.copies().get(0);
        charge(source.backend(), 1, source.size(), 0);
        charge(target, 1, 0, source.size());
        return true;
    }

    private boolean replicateAndRemoveExcess() throws SQLException {
        return replicate() && removeExcess();
    }

    private boolean removeExcess() throws SQLException {
        Optional<ObjectSlot> slot = keys.find(replicated -> replicated.copies().size() > 1);
        if (slot.isEmpty()) return false;
        Copy excess = anyOf(slot.get().copies());
        ObjectStore.Outcome outcome = objects.removeExcessCopy(slot.get().key(), excess.backend());
        slot.get().update(outcome.copies());
        return !outcome.removed().isEmpty();
    }

    private boolean move() throws SQLException {
        Optional<ObjectSlot> slot = victim();
        if (slot.isEmpty()) return false;
        Optional<String> target = otherBackend(slot.get());
        if (target.isEmpty()) return false;
        Copy source = anyOf(slot.get().copies());
        ObjectStore.Outcome outcome = objects.move(slot.get().key(), source.backend(), target.get());
        slot.get().update(outcome.copies());
        if (outcome.removed().isEmpty()) return false;
        charge(source.backend(), 2, source.size(), 0);
        charge(target.get(), 1, 0, source.size());
        return true;
    }

    private boolean encrypt() throws SQLException {
        return rewrite(
                copy -> !copy.content().encrypted(), content -> content.encrypt(hex(48), "key-" + random.nextInt(3)));
    }

    private boolean decrypt() throws SQLException {
        return rewrite(copy -> copy.content().encrypted(), Content::decrypt);
    }

    private boolean backfillHash() throws SQLException {
        return rewrite(copy -> copy.content().hash() == null, content -> content.withHash(hex(64)));
    }

    private boolean rewrite(Predicate<Copy> condition, UnaryOperator<Content> change) throws SQLException {
        Optional<ObjectSlot> slot =
                keys.find(candidate -> candidate.copies().stream().anyMatch(condition));
        if (slot.isEmpty()) return false;
        Copy current =
                slot.get().copies().stream().filter(condition).findFirst().orElseThrow();
        Content rewritten = change.apply(current.content());
        ObjectStore.Outcome outcome = objects.rewriteInPlace(slot.get().key(), current, rewritten);
        slot.get().update(outcome.copies());
        return !outcome.added().isEmpty();
    }

    private boolean openUpload() throws SQLException {
        if (openUploads.size() >= MAX_OPEN_UPLOADS) return false;
        ObjectSlot slot = keys.anyOwn();
        String backend = anyBackend();
        boolean encrypted = random.nextInt(4) == 0;
        String id = uploads.open(uuid(), slot.key(), backend, encrypted ? hex(48) : null, encrypted ? "key-0" : null);
        openUploads.add(new Upload(id, slot, backend, new ArrayList<>()));
        charge(backend, 1, 0, 0);
        return true;
    }

    private boolean putPart() throws SQLException {
        if (openUploads.isEmpty() && !openUpload()) return false;
        Upload upload = anyOf(openUploads);
        long size = gauges.isDraining(upload.backend()) ? around(SMALL) : around(8 * MEBIBYTE);
        // One part in five is sent again, as by a client after a timeout.
        boolean again = !upload.parts().isEmpty() && random.nextInt(5) == 0;
        int index =
                again ? random.nextInt(upload.parts().size()) : upload.parts().size();
        uploads.putPart(upload.id(), index + 1, hex(32), size);
        if (again) {
            upload.parts().set(index, size);
        } else {
            upload.parts().add(size);
        }
        charge(upload.backend(), 1, 0, size);
        return true;
    }

    private boolean completeUpload() throws SQLException {
        Optional<Upload> upload =
                openUploads.stream().filter(open -> !open.parts().isEmpty()).findFirst();
        if (upload.isEmpty()) return false;
        Upload completed = upload.get();
        openUploads.remove(completed);
        long parts = completed.parts().size();
        charge(completed.backend(), 2 * parts + 1, 0, 0);
        try {
            write(completed.slot(), new Copy(completed.backend(), newContent(completed.size())));
        } catch (TransactionAbandoned quotaExceeded) {
            uploads.remove(completed.id());
            throw quotaExceeded;
        }
        uploads.remove(completed.id());
        return true;
    }

    private boolean abortUpload() throws SQLException {
        Optional<Upload> upload = takeUpload();
        if (upload.isEmpty()) return false;
        uploads.remove(upload.get().id());
        return true;
    }

    private boolean abortStaleUpload() throws SQLException {
        Optional<Upload> upload = takeUpload();
        if (upload.isEmpty()) return false;
        uploads.removeByCascade(upload.get().id());
        return true;
    }

    private Optional<Upload> takeUpload() throws SQLException {
        if (openUploads.isEmpty() && !putPart()) return Optional.empty();
        Upload upload = openUploads.remove(random.nextInt(openUploads.size()));
        charge(upload.backend(), upload.parts().size() + 1, 0, 0);
        return Optional.of(upload);
    }

    private boolean delete() throws SQLException {
        Optional<ObjectSlot> slot = victim();
        if (slot.isEmpty()) return false;
        return !delete(slot.get()).isEmpty();
    }

    private List<Copy> delete(ObjectSlot slot) throws SQLException {
        ObjectStore.Outcome outcome = objects.delete(slot.key());
        slot.update(outcome.copies());
        for (Copy copy : outcome.removed()) charge(copy.backend(), 1, 0, 0);
        return outcome.removed();
    }

    private boolean deleteBatch() throws SQLException {
        int wanted = 2 + random.nextInt(10);
        List<String> batch = new ArrayList<>();
        for (int i = 0; i < wanted; i++) victim().ifPresent(slot -> batch.add(slot.key()));
        // Clients also name keys that do not exist any more.
        batch.add(keys.any().key());
        Map<String, List<Copy>> removed = objects.deleteBatch(batch);
        removed.keySet().forEach(key -> keys.update(key, List.of()));
        return removed.values().stream().filter(copies -> !copies.isEmpty()).count() > 1;
    }

    private boolean deleteUnreachable() throws SQLException {
        Optional<ObjectSlot> slot = victim();
        if (slot.isEmpty()) return false;
        List<Copy> removed = delete(slot.get());
        for (Copy copy : removed) cleanups.enqueue(slot.get().key(), copy, "delete_failed");
        return !removed.isEmpty();
    }

    private boolean completeCleanups() throws SQLException {
        boolean completed = false;
        for (CleanupStore.Cleanup cleanup : cleanups.claim(worker, 4)) {
            charge(cleanup.backend(), 1, 0, 0);
            completed |= cleanups.complete(cleanup);
        }
        return completed;
    }

    private boolean failCleanup() throws SQLException {
        List<CleanupStore.Cleanup> claimed = cleanups.claim(worker, 1);
        for (CleanupStore.Cleanup cleanup : claimed) failOnce(cleanup);
        return !claimed.isEmpty();
    }

    /** A deletion that fails in every attempt and is given up; without the waits between attempts. */
    private boolean exhaustCleanup() throws SQLException {
        Optional<ObjectSlot> slot = keys.find(ObjectSlot::isLive);
        if (slot.isEmpty()) return false;
        List<Copy> removed = delete(slot.get());
        // A temporary backend could not be removed while a dead letter refers to it.
        if (removed.isEmpty() || !isPermanent(removed.get(0).backend())) return false;
        CleanupStore.Cleanup cleanup = cleanups.enqueue(slot.get().key(), removed.get(0), "delete_failed");
        boolean exhausted = false;
        while (cleanup.attempts() < CleanupStore.MAX_ATTEMPTS && !exhausted) {
            CleanupStore.Cleanup failed = cleanups.fail(cleanup, "503 Service Unavailable");
            cleanup = failed;
            exhausted = failed.attempts() >= CleanupStore.MAX_ATTEMPTS && cleanups.moveToDeadLetters(failed);
        }
        return exhausted;
    }

    private void failOnce(CleanupStore.Cleanup cleanup) throws SQLException {
        charge(cleanup.backend(), 1, 0, 0);
        CleanupStore.Cleanup failed = cleanups.fail(cleanup, "connection refused");
        if (failed.attempts() >= CleanupStore.MAX_ATTEMPTS) cleanups.moveToDeadLetters(failed);
    }

    private boolean returnDeadLetter() throws SQLException {
        return cleanups.returnOldestDeadLetter("dlq_requeue");
    }

    /** Stale rows of small objects only, since the application never debits their bytes. */
    private boolean pruneStale() throws SQLException {
        Optional<ObjectSlot> slot =
                keys.find(small -> small.isLive() && small.size() <= SMALL).or(() -> keys.find(ObjectSlot::isLive));
        if (slot.isEmpty()) return false;
        Copy stale = anyOf(slot.get().copies());
        ObjectStore.Outcome outcome = objects.pruneStale(slot.get().key(), stale.backend());
        slot.get().update(outcome.copies());
        return !outcome.removed().isEmpty();
    }

    private boolean lifecycle() throws SQLException {
        String prefix = keys.ownPrefix(anyOf(ObjectKeyspace.BUCKETS));
        List<String> expired = List.of();
        for (long age = 20; age >= 0 && expired.isEmpty(); age -= 10) expired = objects.keysOlderThan(prefix, age, 3);
        boolean deleted = false;
        for (String key : expired) {
            ObjectStore.Outcome outcome = objects.delete(key);
            keys.update(key, List.of());
            deleted |= !outcome.removed().isEmpty();
        }
        return deleted;
    }

    private boolean flushUsage() throws SQLException {
        if (!usage.hasCharges()) charge(anyBackend(), 1, SMALL, 0);
        YearMonth month = month();
        if (!lastMonthFlushed) {
            // The last counters of the month that ended.
            usage.flush(month.minusMonths(1).toString());
            charge(anyBackend(), 1, 0, SMALL);
            lastMonthFlushed = true;
        }
        usage.flush(month.toString());
        return true;
    }

    private boolean syncLimits() throws SQLException {
        objects.syncQuotaLimit(anyLimitedBackend(), anyOf(LIMITS));
        return true;
    }

    /** A temporary backend is created, used, and removed with everything that refers to it. */
    private boolean removeBackend() throws SQLException {
        String backend = "scratch-" + worker;
        objects.syncQuotaLimit(backend, GIBIBYTE);
        for (int i = 0; i < 2; i++) {
            Optional<ObjectSlot> free = keys.findOwn(slot -> !slot.isLive());
            if (free.isEmpty()) break;
            ObjectStore.Outcome found = objects.importObject(free.get().key(), backend, around(SMALL));
            free.get().update(found.copies());
        }
        Optional<ObjectSlot> elsewhere = keys.findOwn(slot -> slot.isLive() && !slot.isOn(backend));
        if (elsewhere.isPresent()) {
            replicate(elsewhere.get(), backend);
            cleanups.enqueue(elsewhere.get().key(), new Copy(backend, newContent(SMALL)), "overwrite_displaced");
        }
        String upload = uploads.open(uuid(), keys.anyOwn().key(), backend, null, null);
        uploads.putPart(upload, 1, hex(32), around(SMALL));
        usage.charge(backend, 1, 0, SMALL);
        usage.flush(backend, month().toString());
        for (String key : objects.deleteBackend(backend)) keys.forget(key, backend);
        return true;
    }

    /** A temporary backend is not charged: it may be removed before the counters are flushed. */
    private void charge(String backend, long apiRequests, long egressBytes, long ingressBytes) {
        if (isPermanent(backend)) usage.charge(backend, apiRequests, egressBytes, ingressBytes);
    }

    private YearMonth month() {
        return YearMonth.now(clock.withZone(ZoneOffset.UTC));
    }

    /**
     * A live object: a large one on a backend that drains, if there is one, else a small one. So backends fill up and
     * drain.
     */
    private Optional<ObjectSlot> victim() {
        Optional<String> draining =
                LIMITED_BACKENDS.stream().filter(gauges::isDraining).findFirst();
        if (draining.isPresent()) {
            Optional<ObjectSlot> large = keys.find(slot -> slot.isOn(draining.get()) && slot.size() > 16 * MEBIBYTE);
            if (large.isPresent()) return large;
        }
        return keys.find(slot -> slot.isLive() && slot.size() < 4 * MEBIBYTE).or(() -> keys.find(ObjectSlot::isLive));
    }

    private static boolean isPermanent(String backend) {
        return LIMITED_BACKENDS.contains(backend) || backend.equals(UNLIMITED_BACKEND);
    }

    private String anyBackend() {
        return random.nextInt(10) == 0 ? UNLIMITED_BACKEND : anyLimitedBackend();
    }

    private String anyLimitedBackend() {
        return anyOf(LIMITED_BACKENDS);
    }

    private String backendWithRoom() {
        String backend = anyBackend();
        return gauges.isDraining(backend) ? UNLIMITED_BACKEND : backend;
    }

    private Optional<String> otherBackend(ObjectSlot slot) {
        List<String> candidates = new ArrayList<>();
        for (String backend : LIMITED_BACKENDS) {
            if (!slot.isOn(backend) && !gauges.isDraining(backend)) candidates.add(backend);
        }
        if (!slot.isOn(UNLIMITED_BACKEND) && (candidates.isEmpty() || random.nextInt(10) == 0)) {
            return Optional.of(UNLIMITED_BACKEND);
        }
        return candidates.isEmpty() ? Optional.empty() : Optional.of(anyOf(candidates));
    }

    /** 1 KB to 100 MB, half of them below 8 MiB; only small ones on a backend that drains. */
    private long sizeFor(String backend) {
        if (gauges.isDraining(backend)) return logUniform(1_000, SMALL);
        return random.nextInt(10) < 6 ? logUniform(1_000, 8 * MEBIBYTE) : random.nextLong(8 * MEBIBYTE, 100_000_000);
    }

    private long logUniform(long from, long to) {
        return (long) (from * Math.pow((double) to / from, random.nextDouble()));
    }

    private long around(long size) {
        return random.nextLong(size / 2, size + size / 2);
    }

    private Content newContent(long plaintextSize) {
        Content plain = Content.plain(plaintextSize, hex(64));
        return random.nextInt(4) == 0 ? plain.encrypt(hex(48), "key-" + random.nextInt(3)) : plain;
    }

    private String hex(int digits) {
        StringBuilder hex = new StringBuilder(digits + 16);
        while (hex.length() < digits) hex.append(HEX.toHexDigits(random.nextLong()));
        hex.setLength(digits);
        return hex.toString();
    }

    /** Not derived from the seed: a second run on the same database must not collide with the ids of the first. */
    private static UUID uuid() {
        return UUID.randomUUID();
    }

    private <T> T anyOf(List<T> candidates) {
        return candidates.get(random.nextInt(candidates.size()));
    }
}
