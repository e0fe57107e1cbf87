package io.waltally.pipeline.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class TimestampsTest {
    @Test
    void textAndMicrosecondsAreTheSameTime() {
        assertThat(Timestamps.micros("2026-11-22T02:25:37.123456Z", 0)).isEqualTo(1_795_314_337_123_456L);
        assertThat(Timestamps.micros("2026-11-22T04:25:37.123456+02:00", 0)).isEqualTo(1_795_314_337_123_456L);
        assertThat(Timestamps.micros(1_795_314_337_123_456L, 0)).isEqualTo(1_795_314_337_123_456L);
    }

    @Test
    void whatMicrosecondsCannotExpressIsTheEndOfTheRange() {
        assertThat(Timestamps.micros("infinity", 0)).isEqualTo(Long.MAX_VALUE);
        assertThat(Timestamps.micros("-infinity", 0)).isEqualTo(Long.MIN_VALUE);
        assertThat(Timestamps.micros("+999999999-12-31T23:59:59Z", 0)).isEqualTo(Long.MAX_VALUE);
        assertThat(Timestamps.micros("-999999999-01-01T00:00:00Z", 0)).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void yearsCenturiesAwayAreExact() {
        assertThat(Timestamps.micros("0001-01-01T00:00:00Z", 0)).isEqualTo(-62_135_596_800_000_000L);
        assertThat(Timestamps.micros("-0043-03-15T00:00:00.000001Z", 0))
                .isEqualTo(Instant.parse("-0043-03-15T00:00:00Z").getEpochSecond() * 1_000_000 + 1);
        assertThat(Timestamps.micros("+12026-01-01T00:00:00Z", 0))
                .isEqualTo(Instant.parse("+12026-01-01T00:00:00Z").getEpochSecond() * 1_000_000);
    }

    @Test
    void anAbsentTimeIsWhatTheCallerSays() {
        assertThat(Timestamps.micros(null, Timestamps.NEVER)).isEqualTo(Timestamps.NEVER);
    }

    @Test
    void aTextThatIsNoTimestampIsNamed() {
        assertThatThrownBy(() -> Timestamps.micros("tomorrow", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tomorrow");
    }
}
