package io.waltally.embedded.workload;

/** Thrown inside a transaction to roll it back: the application's own decision, not an error of the database. */
final class TransactionAbandoned extends RuntimeException {
    TransactionAbandoned(String reason) {
        super(reason, null, false, false);
    }
}
