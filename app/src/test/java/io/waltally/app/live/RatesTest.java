package io.waltally.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RatesTest {
    private final Rates rates = new Rates();

    private JsonNode next(OptionalLong changes) {
        return rates.next(List.of(new LiveSources.CaptureRate("s3", changes, Optional.of("0/10"), Optional.empty())))
                .at("/sources/s3");
    }

    @Test
    void aSourceThatAnotherInstanceCapturesHasNoRateHere() {
        assertThat(next(OptionalLong.empty()).path("rows_per_second").isNull()).isTrue();
        assertThat(next(OptionalLong.empty()).path("captured_lsn").asText()).isEqualTo("0/10");
        assertThat(next(OptionalLong.of(900)).path("rows_per_second").asDouble())
                .as("from the takeover on")
                .isZero();
        assertThat(next(OptionalLong.of(901)).path("rows_per_second").asDouble())
                .isPositive();
    }
}
