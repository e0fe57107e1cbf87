package io.waltally.pipeline.fold;

import org.jspecify.annotations.Nullable;

/**
 * What happens beside the transactions of a partition, perhaps in the middle of one, and counts at once.
 *
 * @param commit that it is owed to; null if to none
 */
public record Standalone(@Nullable Commit commit) {}
