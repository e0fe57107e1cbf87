package io.waltally.connectors.capture;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The rows of a table as its topic has them, for a TRUNCATE, which names none: each gets a tombstone. Reads the whole
 * topic, and keeps the live keys of one partition at a time in memory.
 */
final class LiveKeys {
    private final WriterView view;

    LiveKeys(WriterView view) {
        this.view = view;
    }

    /** A key whose last record in the topic is a row. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Key(TopicPartition partition, byte[] bytes) {
        ProducerRecord<byte[], byte[]> tombstone(long timestamp) {
            byte[] none = null;
            return new ProducerRecord<>(partition.topic(), partition.partition(), timestamp, bytes, none);
        }
    }

    /**
     * Gives each live key, the open transaction's included.
     *
     * @param unsent records of the open transaction that the cluster does not have yet; it has all the others
     */
    void forEach(String topic, Collection<ProducerRecord<byte[], byte[]>> unsent, Consumer<Key> action) {
        for (TopicPartition partition : view.partitions(topic)) {
            in(partition, unsent).forEach(action);
        }
    }

    private Collection<Key> in(TopicPartition partition, Collection<ProducerRecord<byte[], byte[]>> unsent) {
        Map<ByteBuffer, Key> live = new LinkedHashMap<>();
        view.scan(partition, unsent, (offset, key, value) -> {
            if (value == null) {
                live.remove(ByteBuffer.wrap(key));
            } else {
                live.put(ByteBuffer.wrap(key), new Key(partition, key));
            }
        });
        return live.values();
    }
}
