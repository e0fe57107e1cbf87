package io.waltally.webhooks.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutboxEventTest {
    @Test
    void anEventIsSentByteByByteAsTheOutboxHoldsIt() {
        String value = """
                {"specversion": "1.0", "id": "evt_0a1b", "source": "/s3-orchestrator", "type": "s3:ObjectRemoved:Delete",
                 "subject": "a/b.jpg", "time": "2026-11-22T12:00:00.123456Z", "data": {"bucket": "photos", "n": 1.0}}""";
        OutboxEvent event = OutboxEvent.of(Outbox.record(2, 7, value));
        assertThat(event.id()).isEqualTo("evt_0a1b");
        assertThat(event.type()).isEqualTo("s3:ObjectRemoved:Delete");
        assertThat(event.subject()).contains("a/b.jpg");
        assertThat(event.committedAt()).isEqualTo(Instant.parse("2026-11-22T12:00:00.123456Z"));
        assertThat(event.body()).isEqualTo(value.getBytes(StandardCharsets.UTF_8));
        assertThat(event.partition()).hasToString("outbox.notifications-2");
        assertThat(event.offset()).isEqualTo(7);
    }

    @Test
    void errorForAnInvalidCloudEventOmitsItsContent() {
        for (String value : new String[] {null, "", "hunter2", "{\"id\": \"hunter2\"}", "[\"hunter2\"]"}) {
            assertThatThrownBy(() -> OutboxEvent.of(Outbox.record(0, 0, value)))
                    .as(value)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("hunter2");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "[null]",
                "1",
                "\"x\"",
                "true",
                "{}",
                "{\"specversion\": \"9\"}",
                "{\"specversion\": null}",
                "{\"specversion\": 1.0, \"id\": {}, \"source\": [], \"type\": 1}",
                "{\"specversion\": \"1.0\", \"id\": null, \"source\": \"/a\", \"type\": \"t\"}",
                "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \":\", \"type\": \"t\"}",
                "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"/a\", \"type\": \"t\", \"time\": \"now\"}",
                "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"/a\", \"type\": \"t\", \"data_base64\": \"?\"}"
            })
    void jsonThatIsNoCloudEventIsRefused(String value) {
        assertThatThrownBy(() -> OutboxEvent.of(Outbox.record(0, 0, value)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void jsonThatIsNestedDeeplyIsRefused() {
        String nested = "[".repeat(100_000) + "]".repeat(100_000);
        String value = "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"/a\", \"type\": \"t\", \"data\": %s}"
                .formatted(nested);
        for (String text : new String[] {nested, value}) {
            assertThatThrownBy(() -> OutboxEvent.of(Outbox.record(0, 0, text)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void ofAFieldGivenTwiceTheLastOneCounts() {
        String value = """
                {"specversion": "1.0", "id": "1", "id": "2", "source": "/a", "type": "t"}""";
        assertThat(OutboxEvent.of(Outbox.record(0, 0, value)).id()).isEqualTo("2");
    }
}
