/**
 * The topologies: cdc topics are folded into tallies and notifications. No I/O and no wall clock but the time of
 * punctuations.
 *
 * <p>{@link io.waltally.pipeline.Pipeline} composes them. The way of a change: {@code rows} keep what is needed of each
 * row, {@code fold} is the mechanism of every tally, {@code storage}, {@code replica}, {@code quota}, {@code bucket} and
 * {@code collection} hold the figures, {@code notification} judges transactions.
 */
package io.waltally.pipeline;
