package io.waltally.connectors.capture.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class VisibleTransactionsTest {
    @Test
    void endedTransactionsAreVisible() {
        VisibleTransactions visible = VisibleTransactions.parse("10:20:12,15");
        assertThat(visible.see(9)).isTrue();
        assertThat(visible.see(11)).isTrue();
        assertThat(visible.see(12)).isFalse();
        assertThat(visible.see(15)).isFalse();
        assertThat(visible.see(19)).isTrue();
        assertThat(visible.see(20)).isFalse();
    }

    @Test
    void withoutTransactionsInProgressTheListIsEmpty() {
        assertThat(VisibleTransactions.parse("10:10:")).isEqualTo(new VisibleTransactions(10, 10, Set.of()));
        assertThatThrownBy(() -> VisibleTransactions.parse("10")).hasMessageContaining("pg_snapshot");
    }

    @Test
    void anIdOfTheWalMeansTheNearestTransaction() {
        long turn = 1L << 32;
        VisibleTransactions afterTheTurn = new VisibleTransactions(turn + 5, turn + 10, Set.of(turn + 7));
        assertThat(afterTheTurn.see32BitId(4)).isTrue();
        assertThat(afterTheTurn.see32BitId(7)).isFalse();
        assertThat(afterTheTurn.see32BitId(turn - 1))
                .as("the last before the turn")
                .isTrue();
        VisibleTransactions beforeTheTurn = new VisibleTransactions(turn - 5, turn - 1, Set.of());
        assertThat(beforeTheTurn.see32BitId(3)).as("the first after the turn").isFalse();
    }

    @Test
    void openAreThoseInProgressAndThoseAfterTheLastThatEnded() {
        assertThat(VisibleTransactions.parse("10:20:12,15").open(22)).containsExactlyInAnyOrder(12L, 15L, 20L, 21L);
        assertThat(VisibleTransactions.parse("10:10:").open(11)).containsExactly(10L);
        assertThat(VisibleTransactions.parse("10:10:").open(10)).isEmpty();
    }
}
