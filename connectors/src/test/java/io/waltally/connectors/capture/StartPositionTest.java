package io.waltally.connectors.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.connectors.capture.config.CaptureConfig;
import io.waltally.connectors.capture.config.DatabaseLogin;
import io.waltally.connectors.capture.error.CaptureException;
import io.waltally.connectors.capture.source.SlotState;
import io.waltally.connectors.capture.source.SourceIdentity;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StartPositionTest {
    private static final CaptureConfig CONFIG = CaptureConfig.of(
            Source.SYNC, new DatabaseLogin("jdbc:postgresql://db.example/store", "waltally", Optional.empty()));
    private static final SourceIdentity SERVER = new SourceIdentity(7, 2, new Lsn(1000));
    private static final Lsn CAPTURED = new Lsn(500);

    @Test
    void withoutAWatermarkAndASlotItBeginsWithASnapshot() {
        assertThat(start(Optional.empty(), Optional.empty())).isEqualTo(StartPosition.SNAPSHOT);
    }

    @Test
    void aSlotThatKafkaKnowsNothingOfIsNotUsed() {
        assertRefused(Optional.empty(), slotAt(400), "no watermark of sync");
    }

    @Test
    void itStreamsThroughASlotThatStandsAtTheWatermarkOrBeforeIt() {
        assertThat(start(whole(), slotAt(500))).isEqualTo(StartPosition.STREAM);
        assertThat(start(whole(), slotAt(400))).isEqualTo(StartPosition.STREAM);
    }

    @Test
    void aSlotAheadOfTheWatermarkStopsTheSource() {
        assertRefused(whole(), slotAt(501), "ahead of what Kafka has");
    }

    @Test
    void aMissingSlotStopsTheSource() {
        assertRefused(whole(), Optional.empty(), "waltally_sync does not exist any more");
    }

    @Test
    void aSlotThatTheServerGaveUpStopsTheSource() {
        assertRefused(
                whole(),
                Optional.of(new SlotState("waltally_sync", false, CAPTURED, "lost", Optional.of("wal_removed"))),
                "invalidated (wal_removed)");
    }

    @Test
    void anotherClusterStopsTheSource() {
        assertThatThrownBy(
                        () -> StartPosition.of(CONFIG, whole(), new SourceIdentity(8, 2, new Lsn(1000)), slotAt(500)))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("another history")
                .hasMessageContaining("system identifier is 8, not 7");
    }

    @Test
    void anotherTimelineStopsTheSource() {
        assertThatThrownBy(
                        () -> StartPosition.of(CONFIG, whole(), new SourceIdentity(7, 3, new Lsn(1000)), slotAt(500)))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("timeline 3, not 2");
    }

    @Test
    void aServerWhoseWalEndsBeforeTheWatermarkStopsTheSource() {
        assertThatThrownBy(() -> StartPosition.of(CONFIG, whole(), new SourceIdentity(7, 2, new Lsn(499)), slotAt(400)))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining("its WAL ends at 0/1F3");
    }

    @Test
    void aSnapshotThatWasCutOffGoesOnWithItsSlotAndBeginsAgainWithoutIt() {
        Optional<Watermark> cutOff = watermark(CAPTURED, SnapshotState.RUNNING);
        assertThat(start(cutOff, slotAt(500))).isEqualTo(StartPosition.REST_OF_SNAPSHOT);
        assertThat(start(cutOff, Optional.empty())).isEqualTo(StartPosition.SNAPSHOT);
        assertThat(start(cutOff, slotAt(501))).isEqualTo(StartPosition.SNAPSHOT);
    }

    @Test
    void aDeclaredEpochBeginsWithASnapshotWhateverServerAndSlotAre() {
        Optional<Watermark> declared = watermark(Lsn.ZERO, SnapshotState.RUNNING);
        assertThat(StartPosition.of(CONFIG, declared, new SourceIdentity(8, 1, new Lsn(10)), slotAt(5)))
                .isEqualTo(StartPosition.SNAPSHOT);
    }

    private static StartPosition start(Optional<Watermark> watermark, Optional<SlotState> slot) {
        return StartPosition.of(CONFIG, watermark, SERVER, slot);
    }

    private static void assertRefused(Optional<Watermark> watermark, Optional<SlotState> slot, String why) {
        assertThatThrownBy(() -> start(watermark, slot))
                .isInstanceOf(CaptureException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("\"waltally resume sync --new-epoch\"");
    }

    private static Optional<SlotState> slotAt(long confirmed) {
        return Optional.of(new SlotState("waltally_sync", false, new Lsn(confirmed), "reserved", Optional.empty()));
    }

    private static Optional<Watermark> whole() {
        return watermark(CAPTURED, SnapshotState.COMPLETED);
    }

    private static Optional<Watermark> watermark(Lsn lsn, SnapshotState state) {
        return Optional.of(new Watermark(
                lsn.value(),
                0,
                7L,
                2,
                "waltally_sync",
                null,
                Instant.EPOCH,
                Map.of(),
                new SnapshotProgress(state, 0L, List.of(), List.of(), Map.of()),
                null,
                null));
    }
}
