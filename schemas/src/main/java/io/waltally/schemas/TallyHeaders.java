package io.waltally.schemas;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** The header of an agg record (UTF-8 text). */
public final class TallyHeaders {
    /** The sequence number of the record among those written to its partition, without gaps. */
    public static final String SEQUENCE = "waltally.seq";

    private TallyHeaders() {}

    public static void addSequence(Headers headers, long sequence) {
        headers.add(SEQUENCE, Long.toString(sequence).getBytes(StandardCharsets.UTF_8));
    }

    /** Empty if the record has none. */
    public static OptionalLong sequence(Headers headers) {
        Header header = headers.lastHeader(SEQUENCE);
        return header == null
                ? OptionalLong.empty()
                : OptionalLong.of(Long.parseLong(new String(header.value(), StandardCharsets.UTF_8)));
    }
}
