package io.waltally.pipeline.collection;

import io.waltally.pipeline.fold.Commit;

/**
 * What a transaction made of the length of all payloads that a user has.
 *
 * @param commit the transaction, for the first time
 */
public record Occupancy(long before, long after, Commit commit) {}
