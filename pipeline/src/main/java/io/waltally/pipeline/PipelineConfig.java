package io.waltally.pipeline;

import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.rows.LengthUnit;
import java.time.Duration;
import java.util.Map;

/**
 * What a deployment decides about its tallies and notifications.
 *
 * @param applicationId prefix of internal topics and of the consumer group; another one starts from the beginning
 * @param userQuotaBytes storage of each user of syncstorage; 0 is unlimited
 * @param payloadLength how payloads are counted
 * @param usageLimits of backends per month; a backend that is absent is unlimited
 * @param capacityThreshold utilization of a backend from which on it is warned of, 0.8 being 80 %
 * @param capacityDamping for how long a backend or user that was warned of is not warned of again
 * @param collectionNotifications whether each change of a user's collection is notified
 * @param replication of objects
 * @param tellInterval at which partitions tell each other what changed: it bounds their traffic, and adds to the latency
 * @param expiryInterval at which expired records leave the tallies, and objects enter them whose grace period is over; at
 *     most 500 ms
 * @param maxPoisonPerMinute how many records an instance sets aside in a minute; if more cannot be read or folded, it stops
 */
public record PipelineConfig(
        String applicationId,
        long userQuotaBytes,
        LengthUnit payloadLength,
        Map<String, UsageLimits> usageLimits,
        double capacityThreshold,
        Duration capacityDamping,
        boolean collectionNotifications,
        Replication replication,
        Duration tellInterval,
        Duration expiryInterval,
        int maxPoisonPerMinute) {
    private static final Duration LONGEST_EXPIRY_INTERVAL = Duration.ofMillis(500);
    private static final Duration LONGEST_TELL_INTERVAL = Duration.ofSeconds(10);

    // Below the limits, which its constructor reads.
    public static final PipelineConfig DEFAULTS = new PipelineConfig(
            "waltally",
            2_097_152_000L,
            LengthUnit.CODE_POINTS,
            Map.of(),
            0.8,
            Duration.ofHours(1),
            false,
            Replication.DEFAULT,
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            60);

    public PipelineConfig {
        if (!applicationId.matches("[a-zA-Z0-9._-]{1,100}")) {
            throw invalid(
                    "application-id", applicationId, "must be 1 to 100 letters, digits, dots, dashes, underscores");
        }
        if (userQuotaBytes < 0) {
            throw invalid("user-quota-bytes", userQuotaBytes, "must not be negative (0 is unlimited)");
        }
        if (!(capacityThreshold > 0)) {
            throw invalid("capacity-threshold", capacityThreshold, "must be above 0 (0.8 is 80 %)");
        }
        if (capacityDamping.compareTo(Duration.ofSeconds(1)) < 0) {
            throw invalid("capacity-damping", capacityDamping, "must be at least one second");
        }
        requireInterval("tell-interval", tellInterval, LONGEST_TELL_INTERVAL);
        requireInterval("expiry-interval", expiryInterval, LONGEST_EXPIRY_INTERVAL);
        if (maxPoisonPerMinute < 0) {
            throw invalid("max-poison-per-minute", maxPoisonPerMinute, "must not be negative (0 stops at the first)");
        }
        usageLimits = Map.copyOf(usageLimits);
    }

    private static void requireInterval(String key, Duration value, Duration longest) {
        if (value.toMillis() < 1 || value.compareTo(longest) > 0) {
            throw invalid(key, value, "must be from 1 ms to " + longest.toMillis() + " ms");
        }
    }

    private static IllegalArgumentException invalid(String key, Object value, String rule) {
        return new IllegalArgumentException("streams." + key + " is " + value + ": " + rule);
    }
}
