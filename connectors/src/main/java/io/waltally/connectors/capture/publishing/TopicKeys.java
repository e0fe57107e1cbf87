package io.waltally.connectors.capture.publishing;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds the keys of all rows of a table in its topic, for a TRUNCATE, which lists no rows: each gets a tombstone. Reads
 * the whole topic, one partition at a time, and keeps the keys of that partition in memory.
 */
public final class TopicKeys {
    private final OwnTransactionsReader view;

    public TopicKeys(OwnTransactionsReader view) {
        this.view = view;
    }

    /** A key whose last record in the topic is a row. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Key(TopicPartition partition, byte[] bytes) {
        public ProducerRecord<byte[], byte[]> tombstone(long timestamp) {
            byte[] none = null;
            return new ProducerRecord<>(partition.topic(), partition.partition(), timestamp, bytes, none);
        }
    }

    /**
     * Visits each live key, including those of the open transaction.
     *
     * @param unsent records of the open transaction that were not sent yet
     */
    public void forEach(String topic, Collection<ProducerRecord<byte[], byte[]>> unsent, Consumer<Key> action) {
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
