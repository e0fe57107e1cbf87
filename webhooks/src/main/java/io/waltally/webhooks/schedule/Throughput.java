package io.waltally.webhooks.schedule;

import java.util.OptionalDouble;

/**
 * Limits on requests to an endpoint: concurrency, rate and batching.
 *
 * @param concurrency largest number of concurrent requests
 * @param perSecond largest number of requests per second, of all instances together; empty for no limit
 * @param batching how events share requests
 */
public record Throughput(int concurrency, OptionalDouble perSecond, Batching batching) {
    private static final int MOST_CONCURRENT = 256;
    private static final double LEAST_PER_SECOND = 0.001;
    private static final double MOST_PER_SECOND = 100_000;

    /** @throws IllegalArgumentException naming the rule that is broken */
    public Throughput {
        if (concurrency < 1 || concurrency > MOST_CONCURRENT) {
            throw new IllegalArgumentException(
                    "concurrency is " + concurrency + ": must be from 1 to " + MOST_CONCURRENT);
        }
        perSecond.ifPresent(rate -> {
            if (!(rate >= LEAST_PER_SECOND && rate <= MOST_PER_SECOND)) {
                throw new IllegalArgumentException("rate-limit is " + rate + ": must be from " + LEAST_PER_SECOND
                        + " to " + (long) MOST_PER_SECOND + " requests per second");
            }
        });
    }

    public static Throughput of(int concurrency) {
        return new Throughput(concurrency, OptionalDouble.empty(), Batching.OFF);
    }
}
