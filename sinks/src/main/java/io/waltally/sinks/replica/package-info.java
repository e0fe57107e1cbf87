/**
 * Replicas of captured tables in another PostgreSQL. In: rows as {@link io.waltally.sinks.replica.row} reads them. Out: rows
 * with the values, types and keys of the source.
 */
@NullMarked
package io.waltally.sinks.replica;

import org.jspecify.annotations.NullMarked;
