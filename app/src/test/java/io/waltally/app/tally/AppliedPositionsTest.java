package io.waltally.app.tally;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.Applied;
import io.waltally.schemas.control.AppliedKey;
import io.waltally.schemas.control.Watermark;
import io.waltally.schemas.serde.AvroSerdes;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AppliedPositionsTest {
    private static final String TOPIC = "agg.user-storage";
    private static final int PARTITIONS = 2;

    private final AppliedPositions positions = new AppliedPositions(new TopicCatalogue(
            new TopicSettings(PARTITIONS, Duration.ofDays(7), Duration.ofDays(7), Duration.ofDays(30)),
            new AvroSerdes("mock://applied")));

    /** What the asker has read of each partition. */
    private final Map<Integer, Long> read = new HashMap<>(Map.of(0, 0L, 1, 0L));

    @BeforeEach
    void firstEpoch() {
        epoch(1);
    }

    @Test
    void aSourceIsAsFarAsTheLeastOfItsPartitions() {
        // Given
        applied(0, 1, 0x300, 0);
        assertThat(positions.of(Source.SYNC)).isEmpty();
        // When
        applied(1, 1, 0x200, 0);
        // Then
        assertThat(positions.of(Source.SYNC)).contains(asOf(1, 0x200));
        // When
        applied(1, 1, 0x400, 0);
        // Then
        assertThat(positions.of(Source.SYNC)).contains(asOf(1, 0x300));
    }

    @Test
    void aSourceIsAsFarAsTheLeastOfItsStages() {
        // Given
        epoch(Source.S3, 1);
        long lsn = 0x100;
        for (OutputStage stage : OutputStage.of(Source.S3)) {
            assertThat(positions.of(Source.S3)).isEmpty();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                lsn += 0x10;
                positions.applied(
                        new AppliedKey(stage.source().id(), stage.id(), partition), new Applied(1, lsn, Map.of()));
            }
        }
        // Then
        assertThat(positions.of(Source.S3)).contains(new AsOf(Source.S3, 1, new Lsn(0x110)));
    }

    @Test
    void positionIsReachedOnlyAfterItsLastTallyIsRead() {
        // Given
        applied(0, 1, 0x100, 5);
        applied(0, 1, 0x200, 7);
        // Then
        read.put(0, 4L);
        assertThat(ofPartition(0)).isNull();
        read.put(0, 6L);
        assertThat(ofPartition(0)).isEqualTo(asOf(1, 0x100));
        read.put(0, 7L);
        assertThat(ofPartition(0)).isEqualTo(asOf(1, 0x200));
        // When
        applied(0, 1, 0x300, 9);
        // Then
        assertThat(ofPartition(0)).isEqualTo(asOf(1, 0x200));
        // When
        applied(0, 1, 0x400, 10);
        read.put(0, 9L);
        // Then
        assertThat(ofPartition(0)).isEqualTo(asOf(1, 0x300));
    }

    @Test
    void positionOfAnEarlierEpochIsIgnored() {
        // Given
        applied(0, 1, 0x900, 0);
        // When
        epoch(2);
        // Then
        assertThat(ofPartition(0)).isNull();
        // When
        applied(0, 2, 0x100, 0);
        // Then
        assertThat(ofPartition(0)).isEqualTo(asOf(2, 0x100));
    }

    @Test
    void tombstoneClearsThePositionOfAPartition() {
        // Given
        applied(0, 1, 0x900, 0);
        assertThat(ofPartition(0)).isNotNull();
        // When
        positions.applied(key(0), null);
        // Then
        assertThat(ofPartition(0)).isNull();
    }

    private AsOf ofPartition(int partition) {
        return positions
                .of(OutputStage.COLLECTIONS, partition, (asked, sequences) -> read.get(asked) >= sequences.get(TOPIC))
                .orElse(null);
    }

    private void applied(int partition, int epoch, long lsn, long sequence) {
        positions.applied(key(partition), new Applied(epoch, lsn, Map.of(TOPIC, sequence)));
    }

    private static AppliedKey key(int partition) {
        return new AppliedKey(Source.SYNC.id(), OutputStage.COLLECTIONS.id(), partition);
    }

    private void epoch(int epoch) {
        epoch(Source.SYNC, epoch);
    }

    private void epoch(Source source, int epoch) {
        positions.watermark(
                source, new Watermark(0L, epoch, 1L, 1, "slot", null, Instant.EPOCH, Map.of(), null, null, null));
    }

    private static AsOf asOf(int epoch, long lsn) {
        return new AsOf(Source.SYNC, epoch, new Lsn(lsn));
    }
}
