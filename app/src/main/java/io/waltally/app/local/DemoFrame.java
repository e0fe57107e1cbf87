package io.waltally.app.local;

import io.waltally.schemas.agg.BackendQuota;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;

/**
 * What the demo shows at one moment. Rates are per second since the frame before.
 *
 * @param lagBytes WAL that is written and not yet captured
 * @param lagRecords captured records that the topologies have not yet consumed
 * @param delivered notifications, of all
 */
record DemoFrame(
        long seed,
        Duration elapsed,
        Duration duration,
        double transactionRate,
        double changeRate,
        double valueRate,
        long lagBytes,
        long lagRecords,
        long p50Millis,
        long p99Millis,
        NavigableMap<String, BackendQuota> backends,
        List<Collection> collections,
        List<LiveTallies.Notification> notifications,
        long delivered) {

    /** All users' collections of one name. */
    record Collection(String name, double changeRate, long records, long bytes) {}
}
