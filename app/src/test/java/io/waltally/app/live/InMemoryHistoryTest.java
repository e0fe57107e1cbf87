package io.waltally.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.http.FakeTallies;
import io.waltally.schemas.agg.BackendQuota;
import java.time.Instant;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class InMemoryHistoryTest {
    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");

    private final NavigableMap<String, BackendQuota> backends = new TreeMap<>();
    private final InMemoryHistory history = new InMemoryHistory(new Sources());

    private final class Sources extends NoSources {
        @Override
        public List<CaptureRate> captures() {
            return List.of(new CaptureRate("s3", OptionalLong.of(0), Optional.of("0/10"), Optional.empty()));
        }

        @Override
        public Optional<Tallies> tallies() {
            return Optional.of(new Tallies(backends, new TreeMap<>()));
        }
    }

    /** Takes a sample each five seconds. */
    private void sample(int from, int to) {
        for (int i = from; i < to; i++) {
            history.sample(NOON.plusSeconds(5L * i));
        }
    }

    @Test
    void aBackendIsSampledEachMinuteForADay() {
        backends.put("b", FakeTallies.quota(1));
        sample(0, 12);
        backends.put("b", FakeTallies.quota(2));
        sample(12, 13);
        JsonNode items = history.backend("b").path("items");
        assertThat(items.findValues("bytes_used")).extracting(JsonNode::asLong).containsExactly(1L, 2L);
        assertThat(items.findValuesAsText("at")).containsExactly("2026-11-28T12:00:00Z", "2026-11-28T12:01:00Z");
        sample(13, 13 + 25 * 60 * 12);
        assertThat(history.backend("b").path("items")).hasSize(24 * 60);
    }

    @Test
    void aBackendThatHasGoneIsForgotten() {
        backends.put("b", FakeTallies.quota(1));
        sample(0, 1);
        backends.clear();
        sample(1, 13);
        assertThat(history.backend("b").path("items")).isEmpty();
    }

    private void read(String backend, long bytes, String time) {
        history.accept(backend, Optional.of(FakeTallies.quota(bytes)), Instant.parse(time));
    }

    @Test
    void aDayBeginsWithWhatTheTopicStillHas() {
        backends.put("b", FakeTallies.quota(9));
        read("b", 1, "2026-11-20T00:00:00Z");
        read("b", 2, "2026-11-27T12:02:10Z");
        read("b", 3, "2026-11-28T11:57:20Z");
        read("b", 4, "2026-11-28T11:57:50Z");
        read("b", 5, "2026-11-28T10:00:00Z");
        read("b", 9, "2026-11-28T11:58:30Z");
        sample(0, 1);
        JsonNode items = history.backend("b").path("items");
        assertThat(items).hasSize(24 * 60);
        assertThat(items.findValuesAsText("at"))
                .startsWith("2026-11-27T12:01:00Z")
                .endsWith("2026-11-28T12:00:00Z");
        List<Long> used =
                items.findValues("bytes_used").stream().map(JsonNode::asLong).toList();
        assertThat(used).startsWith(1L, 1L, 2L, 2L).endsWith(2L, 4L, 9L, 9L);
    }

    @Test
    void deletedBackendIsForgottenAndLaterRecordsAreSampledOnce() {
        backends.put("b", FakeTallies.quota(2));
        read("b", 1, "2026-11-28T11:50:00Z");
        history.accept("b", Optional.empty(), NOON);
        read("b", 2, "2026-11-28T11:58:00Z");
        sample(0, 1);
        read("b", 3, "2026-11-28T12:00:03Z");
        assertThat(history.backend("b").path("items").findValuesAsText("at"))
                .containsExactly("2026-11-28T11:59:00Z", "2026-11-28T12:00:00Z");
    }

    @Test
    void ratesAreKeptForFifteenMinutes() {
        sample(0, 500);
        assertThat(history.rates().path("items")).hasSize(180);
        assertThat(history.rates().at("/items/0/sources/s3/captured_lsn").asText())
                .isEqualTo("0/10");
    }
}
