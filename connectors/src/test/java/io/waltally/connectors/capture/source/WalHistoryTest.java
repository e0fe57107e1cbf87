package io.waltally.connectors.capture.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Lsn;
import io.waltally.schemas.control.SnapshotProgress;
import io.waltally.schemas.control.SnapshotState;
import io.waltally.schemas.control.TransactionMark;
import io.waltally.schemas.control.Watermark;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WalHistoryTest {
    /** Microseconds of pgoutput for it: since 2000. */
    private static final Instant COMMITTED = Instant.parse("2000-01-01T00:00:01.000002Z");

    private final WalHistory history = new WalHistory(new Watermark(
            500L,
            0,
            7L,
            1,
            "slot",
            41L,
            COMMITTED,
            Map.of(),
            new SnapshotProgress(SnapshotState.COMPLETED, 0L, List.of(), List.of(), Map.of()),
            new TransactionMark(41L, 450L, COMMITTED),
            null));

    @Test
    void theSameTransactionsAreTheSameHistory() {
        begin(41, 1_000_002);
        commit(500);
        assertThat(history.contradiction(new Lsn(400))).isNull();
    }

    @Test
    void anotherTransactionThatEndsAtTheSamePositionIsAnotherHistory() {
        begin(42, 1_000_002);
        commit(500);
        assertThat(history.contradiction(new Lsn(400))).contains("transaction 41");
    }

    @Test
    void theSameIdAtAnotherTimeIsAnotherHistory() {
        begin(41, 1_000_003);
        commit(500);
        assertThat(history.contradiction(new Lsn(400))).contains("transaction 41");
    }

    @Test
    void aHistoryInWhichNothingEndsAtTheWatermarkIsAnother() {
        begin(41, 1_000_002);
        commit(508);
        assertThat(history.contradiction(new Lsn(400))).contains("no transaction ends at 0/1F4");
    }

    @Test
    void markBeforeTheConfirmedLsnMayBeMissing() {
        commit(500);
        assertThat(history.contradiction(new Lsn(460))).isNull();
    }

    private void begin(int transaction, long micros) {
        history.see(
                new Lsn(1),
                ByteBuffer.allocate(21)
                        .put((byte) 'B')
                        .putLong(490)
                        .putLong(micros)
                        .putInt(transaction));
    }

    private void commit(long end) {
        history.see(
                new Lsn(1),
                ByteBuffer.allocate(26)
                        .put((byte) 'C')
                        .put((byte) 0)
                        .putLong(490)
                        .putLong(end)
                        .putLong(0));
    }
}
