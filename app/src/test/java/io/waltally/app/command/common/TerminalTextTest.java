package io.waltally.app.command.common;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TerminalTextTest {
    @Test
    void nothingThatSteersATerminalIsLeft() {
        assertThat(TerminalText.of("a\u001b[2J\u001b]0;b\u0007\r\nsigned\u009b31m rightly"))
                .isEqualTo("a [2J ]0;b signed 31m rightly");
        assertThat(TerminalText.of("s3.\u202eb\u2066a\u2028")).isEqualTo("s3. b a ");
        assertThat(TerminalText.ofLines("a\u0007b\nc\u001b[2J")).isEqualTo("a b" + System.lineSeparator() + "c [2J");
        assertThat(TerminalText.of("{\"größe\": \"日本\"}")).isEqualTo("{\"größe\": \"日本\"}");
    }
}
