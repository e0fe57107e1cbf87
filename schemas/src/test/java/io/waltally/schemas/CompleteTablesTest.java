package io.waltally.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.control.PendingTable;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.Watermark;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CompleteTablesTest {
    private static final String BSOS = "sync.public.bsos";
    private static final String BATCHES = "sync.public.batches";
    private static final Set<String> BOTH = Set.of(BSOS, BATCHES);

    private static Set<String> lacking(SnapshotState state, List<String> complete, List<String> pending) {
        SnapshotProgress progress = new SnapshotProgress(
                state,
                0L,
                complete,
                pending.stream()
                        .map(table ->
                                new PendingTable(table, Map.of(), null, null, null, 0L, 0L, null, null, "request"))
                        .toList(),
                Map.of());
        return CompleteTables.lacking(Source.SYNC, watermark(progress), BOTH);
    }

    private static Watermark watermark(SnapshotProgress progress) {
        return new Watermark(1L, 1, 1L, 1, "waltally", null, Instant.EPOCH, Map.of(), progress, null, null);
    }

    @Test
    void aTableThatWasAddedLacksRowsUntilItIsRead() {
        assertThat(lacking(SnapshotState.COMPLETED, List.of("bsos"), List.of("batches")))
                .containsExactly(BATCHES);
        assertThat(lacking(SnapshotState.COMPLETED, List.of("bsos", "batches"), List.of()))
                .isEmpty();
    }

    @Test
    void aTableThatIsNotCapturedYetLacksItsRows() {
        assertThat(lacking(SnapshotState.COMPLETED, List.of("bsos"), List.of())).containsExactly(BATCHES);
    }

    @Test
    void aTableThatIsReadOnceMoreOnRequestIsWholeMeanwhile() {
        assertThat(lacking(SnapshotState.COMPLETED, List.of("bsos", "batches"), List.of("batches")))
                .isEmpty();
    }

    @Test
    void allTablesLackRowsUntilTheEpochsSnapshotIsRead() {
        assertThat(lacking(SnapshotState.RUNNING, List.of("bsos"), List.of("batches")))
                .isEqualTo(BOTH);
    }

    @Test
    void aWatermarkWithoutASnapshotIsWhole() {
        assertThat(CompleteTables.lacking(Source.SYNC, watermark(null), BOTH)).isEmpty();
    }
}
