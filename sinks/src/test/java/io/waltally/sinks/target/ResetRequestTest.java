package io.waltally.sinks.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ResetRequestTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

    private static ResetRequest request(String id) {
        return new ResetRequest(id, NOW);
    }

    @Test
    void aLaterRequestIsOneThatWasMadeAfterItWhateverTheClocksSay() {
        String first = ResetRequest.idAfter("", NOW);
        String second = ResetRequest.idAfter(first, NOW.minusSeconds(3600));
        assertThat(UUID.fromString(second).version()).isEqualTo(7);
        assertThat(UUID.fromString(second).variant()).isEqualTo(2);
        assertThat(request(second).isLaterThan(first)).isTrue();
        assertThat(request(first).isLaterThan(second)).isFalse();
        assertThat(request(first).isLaterThan(first)).isFalse();
        assertThat(request(first).isLaterThan("")).isTrue();
    }

    @Test
    void aRequestWhoseIdHasNoTimeIsEarlierThanOneThatHas() {
        String timed = ResetRequest.idAfter("by hand", NOW);
        String random = UUID.randomUUID().toString();
        assertThat(request(timed).isLaterThan(random)).isTrue();
        assertThat(request(random).isLaterThan(timed)).isFalse();
        assertThat(request("by hand").isLaterThan(timed)).isFalse();
        assertThat(request("by hand").isLaterThan(random)).isTrue();
        assertThat(request(random).isLaterThan(random)).isFalse();
    }
}
