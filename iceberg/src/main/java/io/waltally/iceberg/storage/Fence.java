package io.waltally.iceberg.storage;

import org.apache.iceberg.TableMetadata;

/** Decides whether this process may replace a version of a table's metadata. */
@FunctionalInterface
public interface Fence {
    /** @throws FencedException if another writer has the table */
    void check(TableMetadata current);
}
