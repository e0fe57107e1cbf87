/**
 * Kafka Streams topologies: cdc topics -> tallies and notifications. They do no I/O, and use no clock but punctuation
 * time.
 *
 * <p>{@link io.waltally.pipeline.Pipeline} composes them. The way of a change: {@code table} and {@code row} keep the
 * state of each row and emit row changes; {@code tally} is the mechanism of every tally; {@code storage}, {@code
 * replica}, {@code quota}, {@code bucket} and {@code collection} define the tallies; {@code notification} classifies
 * transactions; {@code progress} says up to which LSN the results are complete.
 */
@NullMarked
package io.waltally.pipeline;

import org.jspecify.annotations.NullMarked;
