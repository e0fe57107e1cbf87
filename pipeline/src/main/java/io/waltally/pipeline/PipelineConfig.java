package io.waltally.pipeline;

import io.waltally.pipeline.quota.UsageLimits;
import io.waltally.pipeline.replica.Replication;
import io.waltally.pipeline.table.LengthUnit;
import java.time.Duration;
import java.util.Map;

/**
 * The configuration of the topologies, equal on all instances.
 *
 * @param applicationId prefix of internal topics, and the consumer group; a new id processes all topics from the
 *     beginning
 * @param userQuotaBytes storage quota of each user of syncstorage; 0 is unlimited
 * @param payloadLength the unit in which payloads are counted
 * @param usageLimits monthly limits by backend; a backend without limits is unlimited
 * @param capacityThreshold utilization of a backend that triggers a warning; 0.8 is 80 %
 * @param capacityDamping time after a warning during which no other one about the same backend or user is emitted
 * @param collectionNotifications whether each change of a user's collection emits a notification
 * @param replication the replication factor of objects
 * @param emitInterval interval at which partitions exchange updates: it bounds their traffic and adds to latency
 * @param expiryInterval interval at which expired records leave the tallies, and objects enter them whose grace period
 *     is over; at most 500 ms
 * @param maxUnprocessablePerMinute number of records that an instance may send to the dead letter topic per minute; it
 *     stops if there are more
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
        Duration emitInterval,
        Duration expiryInterval,
        int maxUnprocessablePerMinute) {
    private static final Duration MAX_EXPIRY_INTERVAL = Duration.ofMillis(500);
    private static final Duration MAX_EMIT_INTERVAL = Duration.ofSeconds(10);

    // After the constants that its constructor reads.
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
        requireInterval("emit-interval", emitInterval, MAX_EMIT_INTERVAL);
        requireInterval("expiry-interval", expiryInterval, MAX_EXPIRY_INTERVAL);
        if (maxUnprocessablePerMinute < 0) {
            throw invalid(
                    "max-unprocessable-per-minute",
                    maxUnprocessablePerMinute,
                    "must not be negative (0 stops at the first)");
        }
        usageLimits = Map.copyOf(usageLimits);
    }

    PipelineConfig withoutCollectionNotifications() {
        return new PipelineConfig(
                applicationId,
                userQuotaBytes,
                payloadLength,
                usageLimits,
                capacityThreshold,
                capacityDamping,
                false,
                replication,
                emitInterval,
                expiryInterval,
                maxUnprocessablePerMinute);
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
