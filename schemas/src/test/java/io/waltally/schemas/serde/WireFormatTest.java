package io.waltally.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.control.StreamsStateKey;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WireFormatTest {
    /** Lengths and bytes of two strings behind an id that no registry is asked for. */
    private static final byte[] KEY = {0, 0, 0, 0, 99, 4, 'm', 'y', 2, 'd'};

    @Test
    void aBodyIsReadWhateverItsId() {
        assertThat(WireFormat.bodyAs(StreamsStateKey.class, KEY)).contains(new StreamsStateKey("my", "d"));
    }

    @Test
    void otherBytesAreNoSuchRecord() {
        byte[] longer = Arrays.copyOf(KEY, KEY.length + 1);
        byte[] shorter = Arrays.copyOf(KEY, KEY.length - 1);
        byte[] ofNegativeLength = {0, 0, 0, 0, 99, 1};
        byte[] withoutMagicByte = KEY.clone();
        withoutMagicByte[0] = 1;
        for (byte[] bytes : new byte[][] {longer, shorter, ofNegativeLength, withoutMagicByte, {}, {0, 0}, null}) {
            assertThat(WireFormat.bodyAs(StreamsStateKey.class, bytes)).isEmpty();
        }
    }
}
