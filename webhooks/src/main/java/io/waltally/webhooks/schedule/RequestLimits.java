package io.waltally.webhooks.schedule;

import java.util.OptionalDouble;

/**
 * Limits on requests to an endpoint: concurrency, rate and batching.
 *
 * @param concurrency largest number of concurrent requests
 * @param perSecond largest number of requests per second, of all instances together; empty for no limit
 * @param batching the rule by which events share requests
 */
public record RequestLimits(int concurrency, OptionalDouble perSecond, Batching batching) {
    private static final int MAX_CONCURRENT = 256;
    private static final double MIN_PER_SECOND = 0.001;
    private static final double MAX_PER_SECOND = 100_000;

    /** @throws IllegalArgumentException naming the rule that is broken */
    public RequestLimits {
        if (concurrency < 1 || concurrency > MAX_CONCURRENT) {
            throw new IllegalArgumentException(
                    "concurrency is " + concurrency + ": must be from 1 to " + MAX_CONCURRENT);
        }
        perSecond.ifPresent(rate -> {
            if (!(rate >= MIN_PER_SECOND && rate <= MAX_PER_SECOND)) {
                throw new IllegalArgumentException("rate-limit is " + rate + ": must be from " + MIN_PER_SECOND + " to "
                        + (long) MAX_PER_SECOND + " requests per second");
            }
        });
    }

    public static RequestLimits of(int concurrency) {
        return new RequestLimits(concurrency, OptionalDouble.empty(), Batching.OFF);
    }
}
