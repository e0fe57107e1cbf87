package io.waltally.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class DeadLetterHeadersTest {
    @Test
    void whatIsWrittenIsRead() {
        DeadLetterHeaders complete = new DeadLetterHeaders(
                "sync.public.bsos", OptionalInt.of(3), OptionalLong.of(17), "java.lang.Exception", "why");
        DeadLetterHeaders withoutPlace = new DeadLetterHeaders(
                "sync.public.bsos", OptionalInt.empty(), OptionalLong.empty(), "java.lang.Exception", "größer");
        assertThat(DeadLetterHeaders.from(written(complete))).isEqualTo(complete);
        assertThat(DeadLetterHeaders.from(written(withoutPlace))).isEqualTo(withoutPlace);
    }

    @Test
    void namesAreThoseOfKafkaStreams() {
        Headers headers = written(
                new DeadLetterHeaders("t", OptionalInt.of(3), OptionalLong.empty(), "java.lang.Exception", "why"));
        assertThat(headers.toArray())
                .extracting(header -> header.key() + "=" + new String(header.value(), StandardCharsets.UTF_8))
                .containsExactly(
                        "__streams.errors.topic=t",
                        "__streams.errors.partition=3",
                        "__streams.errors.exception=java.lang.Exception",
                        "__streams.errors.message=why");
    }

    @Test
    void aMissingOrMalformedHeaderIsNamed() {
        assertThatThrownBy(() -> DeadLetterHeaders.from(new RecordHeaders()))
                .hasMessage("header __streams.errors.topic is missing: not a dead letter");
        Headers headers =
                written(new DeadLetterHeaders("t", OptionalInt.empty(), OptionalLong.empty(), "exception", "message"));
        headers.add(DeadLetterHeaders.PARTITION, "x".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> DeadLetterHeaders.from(headers))
                .hasMessage("header __streams.errors.partition is \"x\", not a number");
    }

    private static Headers written(DeadLetterHeaders headers) {
        Headers written = new RecordHeaders();
        headers.addTo(written);
        return written;
    }
}
