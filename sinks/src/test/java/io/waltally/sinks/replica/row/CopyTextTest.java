package io.waltally.sinks.replica.row;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CopyTextTest {
    private static final int SAMPLES = 10_000;

    private final CopyText text = new CopyText();

    private String added(int from) {
        return new String(text.copy(from, text.length()), StandardCharsets.UTF_8);
    }

    @Test
    void copySpecialCharactersAreEscaped() {
        text.add("before\t");
        int from = text.length();
        text.add("\\N\t\n\r\\.é");
        text.escape(from);
        assertThat(added(0)).isEqualTo("before\t\\\\N\\t\\n\\r\\\\.é");
    }

    @Test
    void anyTextIsReadBackByCopysRules() {
        Random random = new Random(1);
        for (int i = 0; i < SAMPLES; i++) {
            StringBuilder value = new StringBuilder();
            for (int length = random.nextInt(20); length > 0; length--) {
                value.append("\\\n\r\tNnrt.,\"{}ü漢".charAt(random.nextInt(15)));
            }
            int from = text.length();
            text.add(value.toString());
            text.escape(from);
            assertThat(unescaped(added(from))).isEqualTo(value.toString());
            text.truncate(from);
        }
    }

    private static String unescaped(String copied) {
        assertThat(copied).doesNotContain("\n", "\r", "\t");
        StringBuilder value = new StringBuilder();
        for (int i = 0; i < copied.length(); i++) {
            char letter = copied.charAt(i);
            if (letter == '\\') {
                i++;
                value.append(
                        switch (copied.charAt(i)) {
                            case 'n' -> '\n';
                            case 'r' -> '\r';
                            case 't' -> '\t';
                            default -> copied.charAt(i);
                        });
            } else {
                value.append(letter);
            }
        }
        return value.toString();
    }

    @Test
    void elementsOfArraysAreQuoted() {
        text.add("{a,");
        int from = text.length();
        text.add("b\\\"{,}\n");
        text.quoteElement(from);
        assertThat(added(0)).isEqualTo("{a,\"b\\\\\\\"{,}\n\"");
    }

    @Test
    void numbersAreWrittenInFull() {
        Random random = new Random(2);
        long[] edges = {
            0, 9, 10, -1, Long.MAX_VALUE, Long.MIN_VALUE, 999_999_999_999_999_999L, 1_000_000_000_000_000_000L
        };
        for (int i = 0; i < SAMPLES; i++) {
            long number = i < edges.length ? edges[i] : random.nextLong() >> random.nextInt(64);
            int from = text.length();
            text.add(number);
            assertThat(added(from)).isEqualTo(Long.toString(number));
        }
    }

    @Test
    void bytesAreHexadecimal() {
        text.addHex(ByteBuffer.wrap(new byte[] {0, -1, 0x5c, 10}));
        assertThat(added(0)).isEqualTo("00ff5c0a");
    }
}
