package io.waltally.pipeline.row;

import org.jspecify.annotations.Nullable;

/**
 * Marks events that belong to no transaction and take effect immediately. They may occur in the middle of a
 * transaction.
 *
 * @param commit the cause; null if none
 */
public record NonTransactionalEvent(@Nullable Commit commit) {}
