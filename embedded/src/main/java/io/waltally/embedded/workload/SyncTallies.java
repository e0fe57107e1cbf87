package io.waltally.embedded.workload;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Everything that is tallied of syncstorage's store, as its tables say at one snapshot.
 *
 * @param at the instant that decides which records have expired
 * @param collections by user and collection; each that has unexpired records or was ever modified, collection 0 never
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
