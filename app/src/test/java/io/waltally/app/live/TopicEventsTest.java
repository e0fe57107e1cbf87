package io.waltally.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicEventsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "",
                "no",
                "[]",
                "7",
                "{}",
                "{\"type\": \"t\"}",
                "{\"time\": \"2026-11-28T12:00:00Z\"}",
                "{\"type\": null, \"time\": \"2026-11-28T12:00:00Z\"}",
                "{\"type\": \"t\", \"time\": 7}"
            })
    void whatIsNoEventIsLeftOut(String value) {
        assertThat(TopicEvents.event(value.getBytes(StandardCharsets.UTF_8))).isEmpty();
    }

    @Test
    void anEventIsKeptAndATombstoneIsNone() {
        assertThat(TopicEvents.event(null)).isEmpty();
        assertThat(TopicEvents.event(
                        "{\"type\": \"t\", \"time\": \"2026-11-28T12:00:00Z\"}".getBytes(StandardCharsets.UTF_8)))
                .isPresent();
    }
}
