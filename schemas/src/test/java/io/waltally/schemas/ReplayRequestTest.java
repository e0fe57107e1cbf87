package io.waltally.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.schemas.control.DeadLetterKey;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayRequestTest {
    @Test
    void whatIsWrittenIsRead() {
        ReplayRequest first = request("evt_1 to crm");
        ReplayRequest request = request("a/b/größer to crm");
        Headers headers = new RecordHeaders();
        first.addTo(headers);
        request.addTo(headers);
        assertThat(ReplayRequest.from(headers)).contains(request);
        assertThat(headers.toArray()).hasSize(1);
        DeadLetterHeaders.removeFrom(headers);
        assertThat(headers.toArray()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "id", "id/dlq.sinks/topicId/0/7", "id/dlq.sinks/topicId/zero/7/name"})
    void whatIsMalformedIsNoRequest(String text) {
        Headers headers = new RecordHeaders();
        assertThat(ReplayRequest.from(headers)).isEmpty();
        headers.add(ReplayRequest.HEADER, text.getBytes(StandardCharsets.UTF_8));
        assertThat(ReplayRequest.from(headers)).isEmpty();
    }

    private static ReplayRequest request(String letter) {
        return new ReplayRequest("id", new DeadLetterKey("dlq.sinks", "topicId", 0, 7L, letter));
    }
}
