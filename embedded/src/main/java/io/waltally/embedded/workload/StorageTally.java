package io.waltally.embedded.workload;

/**
 * What a user holds over all collections that are shown.
 *
 * @param count unexpired records
 * @param totalBytes the sum of their payloads' lengths, in code points
 * @param collections how many collections are shown
 */
public record StorageTally(long count, long totalBytes, long collections) {
    static final StorageTally NONE = new StorageTally(0, 0, 0);

    StorageTally plus(CollectionTally collection) {
        return new StorageTally(count + collection.count(), totalBytes + collection.totalBytes(), collections + 1);
    }
}
