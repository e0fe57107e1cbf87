/**
 * The one mechanism behind every tally.
 *
 * <p>A {@link io.waltally.pipeline.fold.RowFold} keeps what is needed of each row and turns a change into a
 * {@link io.waltally.pipeline.fold.Shift} from the row's old state to its new one. What a state adds to a tally is a
 * vector of {@link io.waltally.pipeline.fold.Amounts}; a shift moves a tally by the new state's amounts less the old
 * one's. So a repeated change moves nothing, and the order in which partitions are read does not matter. A
 * {@link io.waltally.pipeline.fold.Settlement} holds what a transaction moves until its end in the partition.
 */
package io.waltally.pipeline.fold;
