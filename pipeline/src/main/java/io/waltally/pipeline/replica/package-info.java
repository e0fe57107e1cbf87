/** Counts the objects that have had fewer or more copies than they should for longer than replication takes. */
@NullMarked
package io.waltally.pipeline.replica;

import org.jspecify.annotations.NullMarked;
