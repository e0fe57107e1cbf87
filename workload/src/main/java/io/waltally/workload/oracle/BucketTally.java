package io.waltally.workload.oracle;

/**
 * The storage of a bucket.
 *
 * @param logicalBytes plaintext bytes, each key once: those of its first copy by (created_at, backend)
 * @param storedBytes stored bytes of all copies
 * @param objectCount number of keys
 * @param copyCount number of copies
 * @param underReplicated number of keys with fewer copies than the replication factor
 * @param overReplicated number of keys with more
 */
public record BucketTally(
        long logicalBytes,
        long storedBytes,
        long objectCount,
        long copyCount,
        long underReplicated,
        long overReplicated) {}
