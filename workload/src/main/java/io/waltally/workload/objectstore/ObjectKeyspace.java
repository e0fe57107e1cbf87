package io.waltally.workload.objectstore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * The object keys that one writer uses: its own ones, and a few that all writers share. Their number is fixed, so the
 * store stays bounded however long the workload runs.
 */
final class ObjectKeyspace {
    static final List<String> BUCKETS = List.of("photos", "backups", "media", "logs");
    private static final int OWN_KEYS_OF_ALL_WRITERS = 2_000;
    private static final int SHARED_KEYS = 24;
    private static final int TRIES = 24;
    private static final double SHARED_FRACTION = 0.08;

    private final SplittableRandom random;
    private final String tag;
    private final List<ObjectSlot> own = new ArrayList<>();
    private final List<ObjectSlot> shared = new ArrayList<>();
    private final Map<String, ObjectSlot> byKey = new HashMap<>();

    ObjectKeyspace(SplittableRandom random, int writer, int writers) {
        this.random = random;
        this.tag = "w" + writer;
        for (int i = 0; i < Math.max(100, OWN_KEYS_OF_ALL_WRITERS / writers); i++) own.add(slot(tag, i));
        for (int i = 0; i < SHARED_KEYS; i++) shared.add(slot("shared", i));
    }

    /** The common prefix of this writer's keys in one of the buckets. */
    String ownPrefix(String bucket) {
        return bucket + "/" + tag + "/";
    }

    ObjectSlot anyOwn() {
        return own.get(random.nextInt(own.size()));
    }

    ObjectSlot any() {
        return random.nextDouble() < SHARED_FRACTION ? shared.get(random.nextInt(SHARED_KEYS)) : anyOwn();
    }

    /** A key, own or shared, that satisfies the condition as far as this writer knows. */
    Optional<ObjectSlot> find(Predicate<ObjectSlot> condition) {
        for (int i = 0; i < TRIES; i++) {
            ObjectSlot slot = any();
            if (condition.test(slot)) return Optional.of(slot);
        }
        return findOwn(condition);
    }

    Optional<ObjectSlot> findOwn(Predicate<ObjectSlot> condition) {
        int start = random.nextInt(own.size());
        for (int i = 0; i < own.size(); i++) {
            ObjectSlot slot = own.get((start + i) % own.size());
            if (condition.test(slot)) return Optional.of(slot);
        }
        return Optional.empty();
    }

    /** Records the copies of a key; ignores keys that are not of this writer. */
    void update(String key, List<Copy> copies) {
        ObjectSlot slot = byKey.get(key);
        if (slot != null) slot.update(copies);
    }

    /** Records that a backend has no copy of a key any more. */
    void forget(String key, String backend) {
        ObjectSlot slot = byKey.get(key);
        if (slot == null) return;
        slot.update(slot.copies().stream()
                .filter(copy -> !copy.backend().equals(backend))
                .toList());
    }

    private ObjectSlot slot(String owner, int index) {
        String bucket = BUCKETS.get(index % BUCKETS.size());
        // Some names need more than one byte, and more than one UTF-16 unit, per character.
        String name = index % 17 == 0 ? "été-写真-\uD83D\uDE80-" + index : "2026/object-" + index + ".bin";
        ObjectSlot slot = new ObjectSlot(bucket + "/" + owner + "/" + name);
        byKey.put(slot.key(), slot);
        return slot;
    }
}
