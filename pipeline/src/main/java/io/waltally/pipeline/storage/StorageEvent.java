package io.waltally.pipeline.storage;

import io.waltally.pipeline.row.Position;

/** The output of the partition that sums the subtotals of a subject. */
sealed interface StorageEvent permits StorageChange, StorageEvent.Complete {
    /** The sums include the subtotals of every partition up to the position. */
    record Complete(Position position) implements StorageEvent {}
}
