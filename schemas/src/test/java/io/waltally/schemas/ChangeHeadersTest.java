package io.waltally.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class ChangeHeadersTest {
    private static final ChangeHeaders IN_THE_MIDDLE =
            new ChangeHeaders(Source.S3, 2, 4711, 23_000_000, 5, Optional.empty());

    @Test
    void whatIsWrittenIsRead() {
        Headers headers = new RecordHeaders();
        IN_THE_MIDDLE.addTo(headers);
        assertThat(ChangeHeaders.from(headers)).isEqualTo(IN_THE_MIDDLE);
        assertThat(ChangeHeaders.from(headers).last()).isFalse();
    }

    @Test
    void theLastRecordNamesTheEndOfItsTransaction() {
        Headers headers = new RecordHeaders();
        IN_THE_MIDDLE.addTo(headers);
        ChangeHeaders.markLast(headers, Lsn.parse("0/16B3748"));
        assertThat(headers.lastHeader(ChangeHeaders.LAST).value()).isEqualTo(new byte[] {'1'});
        assertThat(ChangeHeaders.from(headers).commitLsn()).contains(Lsn.parse("0/16B3748"));
    }

    @Test
    void aMissingHeaderIsNamed() {
        assertThatThrownBy(() -> ChangeHeaders.from(new RecordHeaders())).hasMessageContaining("waltally.source");
    }

    @Test
    void aMalformedHeaderIsNamedWithItsValue() {
        Headers headers = new RecordHeaders();
        IN_THE_MIDDLE.addTo(headers);
        headers.remove(ChangeHeaders.SEQUENCE);
        headers.add(ChangeHeaders.SEQUENCE, new byte[] {'x'});
        assertThatThrownBy(() -> ChangeHeaders.from(headers)).hasMessage("header waltally.seq is \"x\", not a number");
    }
}
