package io.waltally.workload.session;

/**
 * Receives every committed transaction, in the writer's thread right after the commit: called by several threads at
 * once, and the time it takes slows down the workload. A listener costs one more statement per transaction, which reads
 * its id.
 */
@FunctionalInterface
public interface TransactionListener {
    void committed(CommittedTransaction transaction);
}
