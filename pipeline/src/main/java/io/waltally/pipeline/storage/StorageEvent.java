package io.waltally.pipeline.storage;

import io.waltally.pipeline.fold.Position;

/** What the partition of a subject makes of what all partitions told. */
sealed interface StorageEvent permits StorageChange, StorageEvent.Complete {
    /** Every partition's part up to there is in the sums. */
    record Complete(Position position) implements StorageEvent {}
}
