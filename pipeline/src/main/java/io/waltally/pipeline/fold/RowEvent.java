package io.waltally.pipeline.fold;

/**
 * What a {@link RowFold} tells: the shifts of a transaction's rows, then its end in the partition; between them, which
 * records it set aside, and which rows are therefore in doubt.
 */
public sealed interface RowEvent<S> permits Shift, Degradation, SetAside, TransactionEnd {}
