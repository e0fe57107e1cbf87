package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Commit;

/**
 * A subject's sum over all partitions moved.
 *
 * @param commit the latest transaction that moved a part of it
 */
public record StorageChange(Amounts before, Amounts after, Commit commit) implements StorageEvent {}
