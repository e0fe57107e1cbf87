package io.waltally.app.local.demo;

import io.waltally.schemas.agg.BackendQuota;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;

/**
 * The values on the display at one moment. Rates are per second since the previous frame.
 *
 * @param lagBytes WAL that is written and not captured yet
 * @param lagRecords captured records that the topologies have not consumed yet
 * @param capacityThreshold utilization of a backend from which it is warned of
 * @param delivered total number of notifications
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
        double capacityThreshold,
        NavigableMap<String, BackendQuota> backends,
        List<Collection> collections,
        List<LiveTallies.Notification> notifications,
        long delivered) {

    /** The collections of all users with one name. */
    record Collection(String name, double changeRate, long records, long bytes) {}
}
