package io.waltally.sinks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class MissedDeletionsTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final TopicPartition COMPACTED = new TopicPartition("agg.user-storage", 3);
    private static final TopicPartition DELETED = new TopicPartition("outbox.notifications", 3);
    private static final Map<String, Duration> KEPT = Map.of("agg.user-storage", Duration.ofHours(24));

    private static Optional<TopicPartition> find(TopicPartition partition, long position, long end, Duration ago) {
        return MissedDeletions.find(
                Map.of(partition, position), Map.of(partition, end), Map.of(partition, NOW.minus(ago)), KEPT, NOW);
    }

    @Test
    void aSinkThatWasAwayForLongMayHaveMissedDeletions() {
        assertThat(find(COMPACTED, 5, 6, Duration.ofHours(25))).contains(COMPACTED);
    }

    @Test
    void sinkRestartedWithinTombstoneRetentionMissedNoDeletions() {
        assertThat(find(COMPACTED, 5, 6, Duration.ofHours(24))).isEmpty();
    }

    @Test
    void sinkWithoutBacklogMissedNoDeletions() {
        assertThat(find(COMPACTED, 6, 6, Duration.ofDays(100))).isEmpty();
    }

    @Test
    void topicsThatAreNotCompactedHaveNoDeletions() {
        assertThat(find(DELETED, 5, 6, Duration.ofDays(100))).isEmpty();
    }

    @Test
    void aPositionThatWasNeverConfirmedIsNew() {
        assertThat(MissedDeletions.find(Map.of(COMPACTED, 5L), Map.of(COMPACTED, 6L), Map.of(), KEPT, NOW))
                .isEmpty();
    }
}
