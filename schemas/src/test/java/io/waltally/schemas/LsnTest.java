package io.waltally.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {
    @ParameterizedTest
    @ValueSource(strings = {"0/0", "0/16B3748", "16/B374D848", "FFFFFFFF/FFFFFFFF"})
    void theTextOfPostgresIsReadAndWritten(String text) {
        assertThat(Lsn.parse(text)).hasToString(text);
    }

    @Test
    void positionsBeyondTheSignBitComeAfterTheOthers() {
        assertThat(Lsn.parse("80000000/0").isAfter(Lsn.parse("7FFFFFFF/FFFFFFFF")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "0", "0/", "/0", "0/G", "123456789/0", "0/123456789", "0/-1", "0/1/2"})
    void anythingElseIsRefusedByName(String text) {
        assertThatThrownBy(() -> Lsn.parse(text)).hasMessageContaining("\"" + text + "\"");
    }
}
