package io.waltally.schemas;

import java.time.Duration;

/**
 * What a deployment decides about its topics.
 *
 * @param partitions of every topic whose rows grow with the applications' data; chosen once, since rows are routed by it
 * @param completeHistory how long cdc topics keep every change before they are compacted
 * @param notificationRetention how long notifications are kept
 * @param deadLetterRetention how long changes are kept that could not become records of their topics
 */
public record TopicSettings(
        int partitions, Duration completeHistory, Duration notificationRetention, Duration deadLetterRetention) {
    public static final TopicSettings DEFAULTS =
            new TopicSettings(4, Duration.ofDays(7), Duration.ofDays(7), Duration.ofDays(30));

    public TopicSettings {
        if (partitions < 1 || partitions > 1_000) {
            throw new IllegalArgumentException("topics.partitions is " + partitions + ": must be from 1 to 1000");
        }
    }
}
