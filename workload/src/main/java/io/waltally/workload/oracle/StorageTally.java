package io.waltally.workload.oracle;

/**
 * The storage of a user over all published collections.
 *
 * @param count unexpired records
 * @param totalBytes the sum of their payloads' lengths, in code points
 * @param collections number of published collections
 */
public record StorageTally(long count, long totalBytes, long collections) {
    static final StorageTally NONE = new StorageTally(0, 0, 0);

    StorageTally plus(CollectionTally collection) {
        return new StorageTally(count + collection.count(), totalBytes + collection.totalBytes(), collections + 1);
    }
}
