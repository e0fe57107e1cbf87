package io.waltally.pipeline.row;

/** The transaction has no further rows of this table in this partition. */
public record TransactionEnd<S>(Position position, Commit commit) implements RowEvent<S> {
    /** The same end, for another table or another type of state. */
    public <T> TransactionEnd<T> retyped() {
        return new TransactionEnd<>(position, commit);
    }
}
