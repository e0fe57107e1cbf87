package io.waltally.schemas.topic;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/** The cleanup policy of a topic. */
public sealed interface Cleanup {
    /** Kafka's text for no limit. */
    String UNLIMITED = "-1";

    /** The topic settings of this policy. */
    Map<String, String> config();

    /** Keeps the last record of each key for ever, and every record for at least the given time. */
    record Compact(Duration completeHistory) implements Cleanup {
        @Override
        public Map<String, String> config() {
            return Map.of(
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_COMPACT,
                    TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                    Long.toString(completeHistory.toMillis()));
        }
    }

    /** Keeps every record for the given time. */
    record Delete(Duration retention) implements Cleanup {
        @Override
        public Map<String, String> config() {
            return Map.of(
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_DELETE,
                    TopicConfig.RETENTION_MS_CONFIG,
                    Long.toString(retention.toMillis()),
                    TopicConfig.RETENTION_BYTES_CONFIG,
                    UNLIMITED);
        }
    }
}
