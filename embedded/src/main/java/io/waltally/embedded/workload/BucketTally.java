package io.waltally.embedded.workload;

/**
 * What a bucket holds.
 *
 * @param logicalBytes plaintext bytes, each key once: those of its first copy by (created_at, backend)
 * @param storedBytes stored bytes of all copies
 * @param objectCount keys
 * @param copyCount copies
 * @param underReplicated keys with fewer copies than the replication factor
 * @param overReplicated keys with more
 */
public record BucketTally(
        long logicalBytes,
        long storedBytes,
        long objectCount,
        long copyCount,
        long underReplicated,
        long overReplicated) {}
