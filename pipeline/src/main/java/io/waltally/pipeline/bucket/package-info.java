/** Storage of buckets. */
package io.waltally.pipeline.bucket;
