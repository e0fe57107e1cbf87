package io.waltally.embedded.workload;

/**
 * Is told of every committed transaction, by the writer's own thread right after the commit: calls come from several
 * threads at once, and the time they take is taken from the workload. A listener costs one more statement per
 * transaction, which asks for its id.
 */
@FunctionalInterface
public interface TransactionListener {
    void committed(CommittedTransaction transaction);
}
