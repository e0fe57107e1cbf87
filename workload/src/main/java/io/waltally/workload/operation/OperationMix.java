package io.waltally.workload.operation;

import java.util.List;
import java.util.SplittableRandom;

/** Chooses operations at random by their weights. */
public final class OperationMix {
    private final List<Operation> operations;
    private final int totalWeight;

    public OperationMix(List<Operation> operations) {
        this.operations = List.copyOf(operations);
        this.totalWeight = operations.stream().mapToInt(Operation::weight).sum();
    }

    public List<Operation> operations() {
        return operations;
    }

    public Operation choose(SplittableRandom random) {
        int remaining = random.nextInt(totalWeight);
        for (Operation operation : operations) {
            remaining -= operation.weight();
            if (remaining < 0) return operation;
        }
        throw new IllegalStateException("weights changed");
    }
}
