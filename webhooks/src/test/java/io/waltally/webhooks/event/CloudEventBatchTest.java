package io.waltally.webhooks.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloudEventBatchTest {
    @Test
    void theEventsOfABatchAreReadAsTheyWereWritten() {
        List<String> events = List.of("{\"id\": \"é\", \"n\": 1.00, \"a\": [{}]}", "{}", "{\"b\":\"]},{[\"}");
        byte[] batch = CloudEventBatch.write(
                events.stream().map(event -> Outbox.event(0, 0, "a", event)).toList());
        assertThat(CloudEventBatch.read(new String(batch, StandardCharsets.UTF_8)))
                .isEqualTo(events);
        assertThat(CloudEventBatch.read(" [ {} , {\"a\":1} ] ")).containsExactly("{}", "{\"a\":1}");
        assertThat(CloudEventBatch.read("[]")).isEmpty();
    }

    @Test
    void whatIsNoArrayOfObjectsIsRefused() {
        for (String body : List.of("", "{}", "[1]", "[{},[]]", "[{}", "[{}]{}", "[{}] x", "x")) {
            assertThatThrownBy(() -> CloudEventBatch.read(body))
                    .as(body)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("the body is not");
        }
    }
}
