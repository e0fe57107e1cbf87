package io.waltally.schemas.topic;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serde;

/** A topic of the catalogue. */
public record Topic<K, V>(
        String name,
        Serde<K> keySerde,
        Serde<V> valueSerde,
        int partitions,
        Cleanup cleanup,
        Routing routing,
        TopicStorage storage) {
    /** The largest record: a row of 2.5 MB before and after, and a reserve. */
    public static final int MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

    public Topic {
        if (partitions < 1) {
            throw new IllegalArgumentException("topic " + name + " needs at least one partition, not " + partitions);
        }
    }

    /** Stored with the broker's defaults. */
    public Topic(
            String name, Serde<K> keySerde, Serde<V> valueSerde, int partitions, Cleanup cleanup, Routing routing) {
        this(name, keySerde, valueSerde, partitions, cleanup, routing, TopicStorage.DEFAULTS);
    }

    /**
     * Serializes a record for a producer of bytes.
     *
     * @throws org.apache.kafka.common.errors.SerializationException if the registry does not answer
     */
    public ProducerRecord<byte[], byte[]> serialized(K key, V value) {
        return new ProducerRecord<>(
                name,
                keySerde.serializer().serialize(name, key),
                valueSerde.serializer().serialize(name, value));
    }
}
