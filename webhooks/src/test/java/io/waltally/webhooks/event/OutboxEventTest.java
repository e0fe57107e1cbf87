package io.waltally.webhooks.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

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
}
