package io.waltally.pipeline.storage;

import io.waltally.pipeline.row.Commit;
import io.waltally.pipeline.tally.Amounts;

/**
 * The sum of a subject over all partitions changed.
 *
 * @param commit the latest transaction that changed a part of it
 */
public record StorageChange(Amounts before, Amounts after, Commit commit) implements StorageEvent {}
