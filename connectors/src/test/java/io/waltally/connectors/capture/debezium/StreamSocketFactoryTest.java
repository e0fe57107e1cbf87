package io.waltally.connectors.capture.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamSocketFactoryTest {
    @ParameterizedTest
    @CsvSource({"0, 1", "3, 1", "10, 5", "100, 50", "500, 250", "3600000, 250"})
    void waitsLongerOnAStreamThatIsQuiet(long quietMillis, int expected) {
        assertThat(StreamSocketFactory.timeout(1, Duration.ofMillis(quietMillis)))
                .isEqualTo(expected);
    }

    @Test
    void leavesOtherTimeoutsOfTheDriver() {
        assertThat(StreamSocketFactory.timeout(10_000, Duration.ofHours(1))).isEqualTo(10_000);
        assertThat(StreamSocketFactory.timeout(0, Duration.ofHours(1))).isZero();
    }
}
