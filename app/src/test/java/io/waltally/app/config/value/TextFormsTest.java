package io.waltally.app.config.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TextFormsTest {
    @Test
    void sizesAreReadWithBinaryAndDecimalUnits() {
        assertThat(ByteSize.parse("4096").bytes()).isEqualTo(4096);
        assertThat(ByteSize.parse("10GiB").bytes()).isEqualTo(10L << 30);
        assertThat(ByteSize.parse("500 MB").bytes()).isEqualTo(500_000_000);
        assertThat(ByteSize.parse("1K").bytes()).isEqualTo(1_000);
        assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.parse("10 apples"));
        assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.parse("-1"));
        assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.parse("9000PiB"));
    }

    @Test
    void sizesAreShownInTheLargestFittingUnit() {
        assertThat(ByteSize.shown(0)).isEqualTo("0 B");
        assertThat(ByteSize.shown(1_023)).isEqualTo("1023 B");
        assertThat(ByteSize.shown(1_536)).isEqualTo("1.5 KiB");
        assertThat(ByteSize.shown(150L << 20)).isEqualTo("150 MiB");
        assertThat(ByteSize.shown(-1_536)).isEqualTo("-1.5 KiB");
    }

    @Test
    void durationsAreReadWithTheirUnit() {
        assertThat(DurationText.parse("20ms")).isEqualTo(Duration.ofMillis(20));
        assertThat(DurationText.parse("5s")).isEqualTo(Duration.ofSeconds(5));
        assertThat(DurationText.parse("10m")).isEqualTo(Duration.ofMinutes(10));
        assertThat(DurationText.parse("2h")).isEqualTo(Duration.ofHours(2));
        assertThat(DurationText.parse("7d")).isEqualTo(Duration.ofDays(7));
        assertThatIllegalArgumentException().isThrownBy(() -> DurationText.parse("5"));
        assertThatIllegalArgumentException().isThrownBy(() -> DurationText.parse("soon"));
    }
}
