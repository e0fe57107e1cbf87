package io.waltally.connectors.capture;

import io.waltally.schemas.Topic;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** How large a record may be: a producer that refuses one in the middle of a transaction has lost the transaction. */
final class RecordSize {
    /** Of a record and its batch, and the headers that tell its place in the history. */
    private static final int OVERHEAD = 1024;

    /** The length of a header's name and value, before each. */
    private static final int HEADER_OVERHEAD = 10;

    /** What compression adds to bytes that it cannot compress is well below this part of them. */
    private static final int INCOMPRESSIBLE = 1024;

    private RecordSize() {}

    /** The largest record of a producer with these properties. */
    static int limit(Map<String, Object> kafka) {
        Object configured = kafka.getOrDefault(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
        return Integer.parseInt(configured.toString());
    }

    /** At least the bytes that the producer sends. */
    static long upperBound(ProducerRecord<byte[], byte[]> record) {
        long bytes = length(record.key()) + length(record.value());
        for (Header header : record.headers()) {
            bytes += HEADER_OVERHEAD + header.key().getBytes(StandardCharsets.UTF_8).length + length(header.value());
        }
        return bytes + bytes / INCOMPRESSIBLE + OVERHEAD;
    }

    private static long length(byte[] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
