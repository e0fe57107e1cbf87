package io.waltally.pipeline.row;

import org.jspecify.annotations.Nullable;

/**
 * Marks events outside the transactions of a partition, which count at once. They may come in the middle of a
 * transaction.
 *
 * @param commit the cause; null if none
 */
public record NonTransactionalEvent(@Nullable Commit commit) {}
