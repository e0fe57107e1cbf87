package io.waltally.schemas.request;

import io.waltally.schemas.topic.Topic;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deserializes the records of a topic of requests. Logs and skips those that cannot be read, which others wrote. */
record RequestRecords<K, V>(Topic<K, V> topic) {
    private static final Logger LOG = LoggerFactory.getLogger(RequestRecords.class);

    /** Returns the key of a record; empty if it cannot be read. */
    Optional<K> key(ConsumerRecord<byte[], byte[]> record) {
        try {
            return Optional.ofNullable(topic.keySerde().deserializer().deserialize(topic.name(), record.key()));
        } catch (SerializationException e) {
            skip(record, e);
            return Optional.empty();
        }
    }

    /**
     * Returns the request in a record; empty for a tombstone.
     *
     * @throws SerializationException if it cannot be read
     */
    Optional<V> value(ConsumerRecord<byte[], byte[]> record) {
        return Optional.ofNullable(record.value())
                .map(value -> topic.valueSerde().deserializer().deserialize(topic.name(), value));
    }

    /** Updates the last request of each key. A request that cannot be read leaves the one before. */
    void apply(ConsumerRecord<byte[], byte[]> record, Map<K, V> last) {
        key(record).ifPresent(key -> {
            try {
                value(record).ifPresentOrElse(request -> last.put(key, request), () -> last.remove(key));
            } catch (SerializationException e) {
                skip(record, e);
            }
        });
    }

    private static void skip(ConsumerRecord<byte[], byte[]> record, SerializationException e) {
        LOG.warn("skipped {}-{} offset {}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
    }
}
