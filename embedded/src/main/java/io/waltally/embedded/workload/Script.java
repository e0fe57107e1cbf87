package io.waltally.embedded.workload;

import java.util.List;

/** What one writer does: all kinds of operations, and the choice of the next. Used by one thread. */
interface Script {
    /** The store's name, {@code s3} or {@code sync}. */
    String store();

    /** Every kind of operation, in an order in which each can be carried out once on an empty store. */
    List<Operation> operations();

    /** The next operation, by chance. */
    Operation next();
}
