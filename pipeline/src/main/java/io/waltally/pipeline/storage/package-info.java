/**
 * The storage of backends and buckets. In: row changes. Out: sums over all partitions.
 *
 * <p>Rows of a backend lie in every partition. So each partition keeps absolute subtotals, and only those are sent to
 * the partition of the backend or bucket, which adds them up.
 */
@NullMarked
package io.waltally.pipeline.storage;

import org.jspecify.annotations.NullMarked;
