package io.waltally.workload.session;

/** Thrown inside a transaction to roll it back by decision of the application. */
public final class TransactionAbandoned extends RuntimeException {
    public TransactionAbandoned(String reason) {
        super(reason, null, false, false);
    }
}
