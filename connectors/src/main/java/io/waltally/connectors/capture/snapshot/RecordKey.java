package io.waltally.connectors.capture.snapshot;

import java.nio.ByteBuffer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Identifies a row in the topics. */
record RecordKey(String topic, ByteBuffer key) {
    static RecordKey of(ProducerRecord<byte[], byte[]> record) {
        return of(record.topic(), record.key());
    }

    static RecordKey of(String topic, byte[] key) {
        return new RecordKey(topic, ByteBuffer.wrap(key));
    }
}
