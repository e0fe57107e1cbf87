package io.waltally.pipeline.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.Test;

class BinarySerdeTest {
    private static final List<Long> ASCENDING =
            List.of(Long.MIN_VALUE, -1L << 40, -1L, 0L, 1L, 127L, 128L, 1L << 40, Long.MAX_VALUE);

    @Test
    void sortedFormsSortAsTheirValues() {
        for (int i = 1; i < ASCENDING.size(); i++) {
            byte[] less = new BinaryOutput().sortedLong(ASCENDING.get(i - 1)).toBytes();
            byte[] more = new BinaryOutput().sortedLong(ASCENDING.get(i)).toBytes();
            assertThat(Arrays.compareUnsigned(less, more)).isNegative();
        }
        assertThat(Arrays.compareUnsigned(
                        new BinaryOutput().sortedInt(-5).toBytes(),
                        new BinaryOutput().sortedInt(3).toBytes()))
                .isNegative();
    }

    @Test
    void whatIsWrittenIsRead() {
        for (long value : ASCENDING) {
            BinaryInput input = new BinaryInput(new BinaryOutput()
                    .number(value)
                    .sortedLong(value)
                    .text("ä\uD83D\uDE00")
                    .flag(true)
                    .sortedInt((int) value)
                    .remainingText("rest")
                    .toBytes());
            assertThat(input.number()).isEqualTo(value);
            assertThat(input.sortedLong()).isEqualTo(value);
            assertThat(input.text()).isEqualTo("ä\uD83D\uDE00");
            assertThat(input.flag()).isTrue();
            assertThat(input.sortedInt()).isEqualTo((int) value);
            assertThat(input.remainingText()).isEqualTo("rest");
        }
    }

    @Test
    void aLaterVersionIsRefusedWithWhatToDo() {
        BinarySerde<String> serde = BinarySerde.ofValue((text, output) -> output.text(text), BinaryInput::text);
        assertThatThrownBy(() -> serde.deserializer().deserialize("objects", new byte[] {9, 0}))
                .isInstanceOf(SerializationException.class)
                .hasMessageContaining("objects holds version 9");
    }
}
