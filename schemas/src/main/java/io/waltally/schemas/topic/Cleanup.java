package io.waltally.schemas.topic;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/** The cleanup policy of a topic. */
public sealed interface Cleanup {
    /** Kafka's text for no limit. */
    String UNLIMITED = "-1";

    /** The topic settings of this policy that guarantees depend on. */
    Map<String, String> config();

    /** Further topic settings of this policy, which the configuration may set otherwise. */
    default Map<String, String> preferred() {
        return Map.of();
    }

    /**
     * Keeps the last record of each key for ever, and every record for at least the given time.
     *
     * @param soon whether hardly any other record is kept for longer: for topics with few keys and many records, which are
     *     read from the beginning. Kafka compacts only segments that are closed, by default after a week or 1 GiB
     */
    record Compact(Duration completeHistory, boolean soon) implements Cleanup {
        /** Managed clusters refuse smaller segments and shorter times. */
        private static final int SEGMENT_BYTES = 50 * 1024 * 1024;

        private static final Duration SEGMENT_TIME = Duration.ofHours(4);

        /** The mark of a transaction stays for so long after its records, and many marks are more than the records. */
        private static final Duration MARKS = Duration.ofHours(1);

        public Compact(Duration completeHistory) {
            this(completeHistory, false);
        }

        @Override
        public Map<String, String> config() {
            return Map.of(
                    TopicConfig.CLEANUP_POLICY_CONFIG,
                    TopicConfig.CLEANUP_POLICY_COMPACT,
                    TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                    Long.toString(completeHistory.toMillis()));
        }

        @Override
        public Map<String, String> preferred() {
            return soon
                    ? Map.of(
                            TopicConfig.SEGMENT_BYTES_CONFIG,
                            Integer.toString(SEGMENT_BYTES),
                            TopicConfig.SEGMENT_MS_CONFIG,
                            Long.toString(SEGMENT_TIME.toMillis()),
                            TopicConfig.DELETE_RETENTION_MS_CONFIG,
                            Long.toString(MARKS.toMillis()))
                    : Map.of();
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
