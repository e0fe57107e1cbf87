package io.waltally.workload.oracle;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * All tallies of syncstorage's store in one snapshot of its tables.
 *
 * @param at the instant that decides which records have expired
 * @param collections by user and collection; each that has unexpired records or was ever modified, never collection 0
 * @param storage by user; each that has a collection above
 */
public record SyncTallies(
        Instant at, Map<CollectionKey, CollectionTally> collections, Map<Long, StorageTally> storage) {
    public SyncTallies {
        collections = Map.copyOf(collections);
        storage = Map.copyOf(storage);
    }

    static SyncTallies of(Instant at, Map<CollectionKey, CollectionTally> collections) {
        Map<Long, StorageTally> storage = new HashMap<>();
        collections.forEach((key, tally) ->
                storage.merge(key.userId(), StorageTally.NONE.plus(tally), (sum, one) -> sum.plus(tally)));
        return new SyncTallies(at, collections, storage);
    }
}
