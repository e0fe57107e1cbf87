package io.waltally.sinks.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.sinks.target.CompletePosition;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompletePositionTrackerTest {
    private static final int PARTITIONS = 3;

    /** Records are numbered by LSN; what is published is in the topics, and no more than that is claimed of the target. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aTargetIsCompleteToNoMoreThanItHas(long seed) {
        Random random = new Random(seed);
        CompletePositionTracker freshness = new CompletePositionTracker();
        Map<Long, TopicPartition> placeOfLsn = new HashMap<>();
        Map<Long, Long> offsetOfLsn = new HashMap<>();
        Map<TopicPartition, Long> ends = new HashMap<>();
        Map<TopicPartition, Long> positions = new HashMap<>();
        for (int i = 0; i < PARTITIONS; i++) {
            ends.put(new TopicPartition("t", i), 0L);
        }
        long lsn = 0;
        long published = 0;
        long claimed = 0;
        for (int step = 0; step < 5_000; step++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    lsn++;
                    TopicPartition partition = new TopicPartition("t", random.nextInt(PARTITIONS));
                    placeOfLsn.put(lsn, partition);
                    offsetOfLsn.put(lsn, ends.merge(partition, 1L, Long::sum) - 1);
                }
                case 1 -> published = lsn;
                case 2 -> {
                    TopicPartition partition = new TopicPartition("t", random.nextInt(PARTITIONS));
                    positions.put(partition, ends.get(partition));
                }
                default -> {
                    long known = published;
                    Optional<CompletePosition> reached = freshness.advance(
                            () -> Optional.of(new CompletePosition(Source.S3, 1, new Lsn(known), Instant.EPOCH)),
                            () -> Map.copyOf(ends),
                            () -> positions);
                    claimed = reached.map(position -> position.lsn().value()).orElse(claimed);
                    for (long each = 1; each <= claimed; each++) {
                        assertThat(positions.getOrDefault(placeOfLsn.get(each), 0L))
                                .as("seed %d, step %d, LSN %d of %d", seed, step, each, claimed)
                                .isGreaterThan(offsetOfLsn.get(each));
                    }
                }
            }
        }
        assertThat(claimed).isGreaterThan(lsn / 2);
    }
}
