package io.waltally.workload.sync;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;

/** The records of one user's collection, as far as one writer knows them. Their number is bounded. */
final class RecordSlots {
    static final int ORDINARY = 160;
    private static final int LARGE = 3;

    private final SyncStore.Collection collection;
    private final BitSet live = new BitSet(ORDINARY);
    private final BitSet liveLarge = new BitSet(LARGE);

    RecordSlots(SyncStore.Collection collection) {
        this.collection = collection;
    }

    SyncStore.Collection collection() {
        return collection;
    }

    /** A record id. Some need escaping wherever ids are quoted. */
    static String id(int index) {
        return index % 13 == 0 ? "{\"item\": '" + index + "', \\}" : "item-" + index;
    }

    static String largeId(int index) {
        return "large-" + index;
    }

    int any(SplittableRandom random) {
        return random.nextInt(ORDINARY);
    }

    int anyLarge(SplittableRandom random) {
        return random.nextInt(LARGE);
    }

    void written(int index) {
        live.set(index);
    }

    void writtenLarge(int index) {
        liveLarge.set(index);
    }

    boolean hasRecords() {
        return !live.isEmpty();
    }

    boolean hasLarge() {
        return !liveLarge.isEmpty();
    }

    int anyLive(SplittableRandom random) {
        return anySet(live, random);
    }

    int anyLiveLarge(SplittableRandom random) {
        return anySet(liveLarge, random);
    }

    /** Removes up to that many live records and returns them. */
    List<String> takeLive(int limit, SplittableRandom random) {
        List<String> ids = new ArrayList<>();
        while (ids.size() < limit && !live.isEmpty()) {
            int index = anyLive(random);
            live.clear(index);
            ids.add(id(index));
        }
        return ids;
    }

    void clear() {
        live.clear();
        liveLarge.clear();
    }

    private static int anySet(BitSet set, SplittableRandom random) {
        int index = set.nextSetBit(random.nextInt(set.length()));
        return index >= 0 ? index : set.nextSetBit(0);
    }
}
