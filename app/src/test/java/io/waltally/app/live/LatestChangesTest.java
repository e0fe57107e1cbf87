package io.waltally.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.waltally.app.http.stream.EventLog;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LatestChangesTest {
    private final EventLog log = new EventLog("a", 100, 1 << 20);
    private final LatestChanges<String, Integer> changes =
            new LatestChanges<>("users", (name, n) -> IntNode.valueOf(n), TextNode::valueOf);

    private List<String> readEvents() throws InterruptedException {
        return log.read(0, Set.of(), Duration.ZERO).frames().stream()
                .map(frame -> new String(frame, StandardCharsets.UTF_8)
                        .replaceFirst("(?s)id: .*\ndata: ", "")
                        .strip())
                .toList();
    }

    @Test
    void onlyTheLastStateOfEachKeyIsSent() throws InterruptedException {
        changes.add("a", Optional.of(1));
        changes.add("b", Optional.of(2));
        changes.add("a", Optional.empty());
        assertThat(changes.addEvent(log, 2, 0)).isZero();
        assertThat(changes.addEvent(log, 2, 0)).isZero();
        assertThat(readEvents()).containsExactly("{\"items\":[2],\"gone\":[\"a\"],\"left_out\":0}");
    }

    @Test
    void onlyTheLatestChangesAreSentAndTheOthersCounted() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            changes.add("n" + i, Optional.of(i));
        }
        changes.add("n0", Optional.of(9));
        assertThat(changes.addEvent(log, 2, 10)).isEqualTo(13);
        assertThat(readEvents()).containsExactly("{\"items\":[4,9],\"gone\":[],\"left_out\":13}");
    }

    @Test
    void skippedChangesAreCountedEvenWithoutItems() throws InterruptedException {
        assertThat(changes.addEvent(log, 2, 10)).isEqualTo(10);
        assertThat(readEvents()).containsExactly("{\"items\":[],\"gone\":[],\"left_out\":10}");
    }
}
