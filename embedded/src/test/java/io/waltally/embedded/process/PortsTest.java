package io.waltally.embedded.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PortsTest {
    @Test
    void noPortIsGivenTwice() {
        // A server that is about to listen on two of them would not start.
        assertThat(IntStream.range(0, 2_000).map(i -> Ports.anyFree())).doesNotHaveDuplicates();
    }
}
