package io.waltally.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.http.FakeTallies;
import io.waltally.app.http.stream.EventLog;
import io.waltally.schemas.agg.BackendQuota;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TallyChangesTest {
    private final NavigableMap<String, BackendQuota> backends = new TreeMap<>();
    private final EventLog log = new EventLog("run", 10, 10_000);
    private boolean known;

    private final LiveSources sources = new NoSources() {
        @Override
        public Optional<Tallies> tallies() {
            return known ? Optional.of(new Tallies(backends, new TreeMap<>())) : Optional.empty();
        }
    };

    private final TallyChanges changes = new TallyChanges(sources);

    @Test
    void itReportsThatItBeginsToWatchAndThenWhatChanges() throws InterruptedException {
        assertThat(changes.changes(log)).as("without tallies").isFalse();
        backends.put("a", FakeTallies.quota(1));
        known = true;
        assertThat(changes.changes(log)).isTrue();
        assertThat(changes.changes(log)).isFalse();
        assertThat(log.end()).isZero();
        backends.put("a", FakeTallies.quota(2));
        assertThat(changes.changes(log)).isFalse();
        List<byte[]> frames = log.read(0, Set.of(), Duration.ZERO).frames();
        assertThat(frames).hasSize(1);
        assertThat(new String(frames.get(0), StandardCharsets.UTF_8)).contains("event: backends", "\"bytes_used\":2");
    }
}
