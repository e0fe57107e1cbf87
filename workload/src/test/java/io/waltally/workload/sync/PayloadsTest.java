package io.waltally.workload.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PayloadsTest {
    private static final int MANY = 20_000;

    private final Payloads payloads = new Payloads(new SplittableRandom(1));

    @Test
    void ordinaryPayloadsArePareto() {
        List<String> many = Stream.generate(payloads::next).limit(MANY).toList();
        // A cut at a surrogate pair may take a character off either end.
        assertThat(many).allMatch(payload -> payload.length() >= 298);
        assertThat(many.stream().mapToInt(String::length).average().orElseThrow())
                .isBetween(435.0, 465.0);
    }

    @Test
    void noPayloadHoldsHalfACharacterAndSomeHoldFourBytesPerCharacter() {
        List<String> many = Stream.concat(
                        Stream.generate(payloads::next).limit(MANY),
                        Stream.generate(payloads::nextLarge).limit(100))
                .toList();
        assertThat(many)
                .allSatisfy(payload -> assertThat(
                                new String(payload.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                        .isEqualTo(payload));
        assertThat(many).anyMatch(payload -> payload.codePointCount(0, payload.length()) < payload.length());
    }

    @Test
    void largePayloadsAreStoredOutOfLine() {
        assertThat(Stream.generate(payloads::nextLarge).limit(500)).allMatch(payload -> payload.length() > 8_192);
    }
}
