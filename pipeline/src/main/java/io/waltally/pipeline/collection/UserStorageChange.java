package io.waltally.pipeline.collection;

import io.waltally.pipeline.row.Commit;

/**
 * The payload length of all records of a user, before and after a transaction.
 *
 * @param commit the transaction, which was not processed before
 */
public record UserStorageChange(long before, long after, Commit commit) {}
