package io.waltally.embedded.workload;

import java.util.List;
import java.util.SplittableRandom;

/** Chooses operations by their weights. */
final class OperationMix {
    private final List<Operation> operations;
    private final int totalWeight;

    OperationMix(List<Operation> operations) {
        this.operations = List.copyOf(operations);
        this.totalWeight = operations.stream().mapToInt(Operation::weight).sum();
    }

    List<Operation> operations() {
        return operations;
    }

    Operation choose(SplittableRandom random) {
        int remaining = random.nextInt(totalWeight);
        for (Operation operation : operations) {
            remaining -= operation.weight();
            if (remaining < 0) return operation;
        }
        throw new IllegalStateException("weights changed");
    }
}
