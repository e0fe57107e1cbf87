package io.waltally.schemas.topic;

import java.time.Duration;

/**
 * The deployment's settings of topics.
 *
 * @param partitions of every topic that grows with the applications' data; cannot be changed later, because it
 *     determines the routing of rows
 * @param completeHistory how long cdc topics keep every change before they are compacted
 * @param notificationRetention retention of notifications
 * @param deadLetterRetention retention of dead letters
 * @param storage replicas and further properties
 */
public record TopicSettings(
        int partitions,
        Duration completeHistory,
        Duration notificationRetention,
        Duration deadLetterRetention,
        TopicStorage storage) {
    public static final TopicSettings DEFAULTS =
            new TopicSettings(4, Duration.ofDays(7), Duration.ofDays(7), Duration.ofDays(30));

    public TopicSettings {
        if (partitions < 1 || partitions > 1_000) {
            throw new IllegalArgumentException("topics.partitions is " + partitions + ": must be from 1 to 1000");
        }
    }

    /** With the broker's defaults for everything else. */
    public TopicSettings(
            int partitions, Duration completeHistory, Duration notificationRetention, Duration deadLetterRetention) {
        this(partitions, completeHistory, notificationRetention, deadLetterRetention, TopicStorage.DEFAULTS);
    }
}
