package io.waltally.app.local.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.Lsn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommitsInTalliesTest {
    private final List<Long> held = new ArrayList<>();
    private final CommitsInTallies commits = new CommitsInTallies(time -> held.add(time.getEpochSecond()));

    @Test
    void aCommitIsHeldOnceItsTallyHasIt() {
        row("a", 10);
        row("a", 20);
        row("b", 15);
        assertThat(held).isEmpty();
        commits.tally("a", 10);
        assertThat(held).containsExactly(10L);
        commits.tally("a", 25);
        commits.tally("a", 30);
        assertThat(held).containsExactly(10L, 20L);
    }

    @Test
    void aTallyMayBeReadBeforeTheRow() {
        commits.tally("a", 10);
        row("a", 10);
        row("a", 11);
        row("b", 9);
        assertThat(held).containsExactly(10L);
    }

    private void row(String tally, long lsn) {
        commits.row(tally, new Lsn(lsn), Instant.ofEpochSecond(lsn));
    }
}
