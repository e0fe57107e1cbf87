/**
 * The mechanism of every tally. In: row changes. Out: tallies, once per transaction.
 *
 * <p>Each row state contributes a vector of {@link io.waltally.pipeline.tally.Amounts} to a tally. A
 * {@link io.waltally.pipeline.tally.TallyDelta} is the contribution of the new state minus that of the old state, so the
 * order in which partitions are read does not matter. A {@link io.waltally.pipeline.tally.TransactionAggregator} adds up
 * the deltas of a transaction until the transaction ends in the partition.
 */
@NullMarked
package io.waltally.pipeline.tally;

import org.jspecify.annotations.NullMarked;
