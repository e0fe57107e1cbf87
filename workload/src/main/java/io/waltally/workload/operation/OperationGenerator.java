package io.waltally.workload.operation;

import java.util.List;

/** Generates the operations of one writer. Not thread-safe. */
public interface OperationGenerator {
    /** The store's name, {@code s3} or {@code sync}. */
    String store();

    /** Every kind of operation, in an order in which each can be performed once on an empty store. */
    List<Operation> operations();

    /** The next operation, at random. */
    Operation next();
}
