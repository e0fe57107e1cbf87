package io.waltally.webhooks.deliver;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** A histogram of latencies, with buckets from 10 ms to a day. */
final class LatencyHistogram {
    private static final double[] BOUNDS = {
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        30,
        60,
        300,
        1_800,
        3_600,
        21_600,
        86_400,
        Double.POSITIVE_INFINITY
    };
    private static final double NANOS_PER_SECOND = 1e9;

    private final List<LongAdder> buckets = new ArrayList<>();
    private final DoubleAdder sum = new DoubleAdder();

    LatencyHistogram() {
        for (int i = 0; i < BOUNDS.length; i++) {
            buckets.add(new LongAdder());
        }
    }

    void add(Duration latency) {
        double seconds = Math.max(0, latency.toNanos() / NANOS_PER_SECOND);
        int bucket = 0;
        while (seconds > BOUNDS[bucket]) {
            bucket++;
        }
        buckets.get(bucket).increment();
        sum.add(seconds);
    }

    Latencies read() {
        List<Latencies.Bucket> read = new ArrayList<>();
        for (int i = 0; i < BOUNDS.length; i++) {
            read.add(new Latencies.Bucket(BOUNDS[i], buckets.get(i).sum()));
        }
        return new Latencies(read, sum.sum());
    }
}
