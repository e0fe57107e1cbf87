/**
 * What backends and buckets store. Their rows lie in every partition, so each partition keeps absolute subtotals, and
 * only those cross to the partition of the backend or bucket, where they are summed.
 */
package io.waltally.pipeline.storage;
