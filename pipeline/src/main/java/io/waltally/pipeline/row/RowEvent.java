package io.waltally.pipeline.row;

/**
 * The output of {@link RowStateProcessor}: the row changes of a transaction, then its end in the partition. In between,
 * dead letters and the degradations that they cause. The result of a replay follows what the replay changed.
 */
public sealed interface RowEvent<S> permits RowChange, Degradation, DeadLetter, ReplayResult, TransactionEnd {}
