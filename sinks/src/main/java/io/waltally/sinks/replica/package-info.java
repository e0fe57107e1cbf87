/**
 * Replicas of captured tables in another PostgreSQL. In: changes in Avro. Out: rows with the values, types and keys of
 * the source.
 */
@NullMarked
package io.waltally.sinks.replica;

import org.jspecify.annotations.NullMarked;
