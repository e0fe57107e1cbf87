package io.waltally.app.config.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalEnvironmentTest {
    @Test
    void coloursAreRefusedByNoColorAndByADumbTerminal() {
        assertThat(TerminalEnvironment.refusesColours(Map.of())).isFalse();
        assertThat(TerminalEnvironment.refusesColours(Map.of("TERM", "xterm", "NO_COLOR", "")))
                .isFalse();
        assertThat(TerminalEnvironment.refusesColours(Map.of("NO_COLOR", "1"))).isTrue();
        assertThat(TerminalEnvironment.refusesColours(Map.of("TERM", "dumb"))).isTrue();
    }

    @Test
    void theSizeIsThatOfTheTerminalUnlessItIsSet() {
        assertThat(TerminalEnvironment.fixesSize(Map.of("COLUMNS", ""))).isFalse();
        assertThat(TerminalEnvironment.fixesSize(Map.of("COLUMNS", "80"))).isTrue();
        assertThat(TerminalEnvironment.fixesSize(Map.of("LINES", "24"))).isTrue();
    }
}
