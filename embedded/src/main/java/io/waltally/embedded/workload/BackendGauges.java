package io.waltally.embedded.workload;

import java.util.HashMap;
import java.util.Map;

/**
 * How full the backends were when this writer last touched their quota, and whether it lets them fill up or drain. The
 * tide between the two marks is what makes a backend cross 80 % again and again.
 */
final class BackendGauges {
    private static final double HIGH_WATER = 0.87;
    private static final double LOW_WATER = 0.72;

    private final Map<String, Double> utilization = new HashMap<>();
    private final Map<String, Boolean> draining = new HashMap<>();

    /** Takes note of a quota as it is inside of a transaction; one that is rolled back is corrected by the next. */
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
