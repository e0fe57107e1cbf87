/** Storage of buckets. */
@NullMarked
package io.waltally.pipeline.bucket;

import org.jspecify.annotations.NullMarked;
