package io.waltally.pipeline.fold;

/** What a {@link RowFold} tells: the shifts of a transaction's rows, then its end in the partition. */
public sealed interface RowEvent<S> permits Shift, TransactionEnd {}
