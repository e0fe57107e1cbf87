/**
 * The state of table rows. In: the records of a cdc topic. Out: row changes, and the end of each transaction.
 *
 * <p>A {@link io.waltally.pipeline.row.RowStateProcessor} stores the part of each row that the topologies need, and emits a
 * {@link io.waltally.pipeline.row.RowChange} with the old and the new state. A repeated record therefore changes nothing.
 */
@NullMarked
package io.waltally.pipeline.row;

import org.jspecify.annotations.NullMarked;
