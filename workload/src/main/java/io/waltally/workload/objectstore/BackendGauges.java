package io.waltally.workload.objectstore;

import java.util.HashMap;
import java.util.Map;

/**
 * The utilization of backends as this writer last saw it, and whether it fills or drains them. Filling and draining
 * between two marks makes a backend cross 80 % again and again.
 */
public final class BackendGauges {
    private static final double HIGH_WATER = 0.87;
    private static final double LOW_WATER = 0.72;

    private final Map<String, Double> utilization = new HashMap<>();
    private final Map<String, Boolean> draining = new HashMap<>();

    /** Records a quota as seen in a transaction; if that is rolled back, the next one corrects it. */
    void observe(String backend, long occupied, long limit) {
        double now = limit == 0 ? 0 : (double) occupied / limit;
        utilization.put(backend, now);
        if (now >= HIGH_WATER) draining.put(backend, true);
        if (now <= LOW_WATER) draining.put(backend, false);
    }

    double utilization(String backend) {
        return utilization.getOrDefault(backend, 0.0);
    }

    boolean isDraining(String backend) {
        return draining.getOrDefault(backend, false);
    }
}
