package io.waltally.pipeline.fold;

/** The transaction has no further row of this table in this partition. */
public record TransactionEnd<S>(Position position, Commit commit) implements RowEvent<S> {
    /** The same end, for another table's rows or another kind of state. */
    public <T> TransactionEnd<T> retyped() {
        return new TransactionEnd<>(position, commit);
    }
}
