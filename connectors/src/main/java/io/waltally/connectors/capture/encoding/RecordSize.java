package io.waltally.connectors.capture.encoding;

import io.waltally.schemas.topic.Topic;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/**
 * The size limit of records. A record must be checked before it is sent, because a producer that refuses a record has
 * lost the transaction.
 */
public final class RecordSize {
    /** Overhead of a record and its batch, and of the headers that capture adds. */
    private static final int OVERHEAD = 1024;

    /** Bytes of the lengths in front of a header's name and value. */
    private static final int HEADER_OVERHEAD = 10;

    /** Part of the record size that is above the overhead of compressing incompressible data. */
    private static final int INCOMPRESSIBLE = 1024;

    private RecordSize() {}

    /** The largest record of a producer with these properties. */
    public static int limit(Map<String, Object> kafka) {
        Object configured = kafka.getOrDefault(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topic.MAX_MESSAGE_BYTES);
        return Integer.parseInt(configured.toString());
    }

    /** An upper bound of the bytes that the producer sends. */
    public static long upperBound(ProducerRecord<byte[], byte[]> record) {
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
