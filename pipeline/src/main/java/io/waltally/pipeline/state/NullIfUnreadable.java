package io.waltally.pipeline.state;

import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads values of a public topic into a store, and values in the store. What somebody else wrote under a key of ours
 * deletes the entry, as a tombstone does. A store that is restored has it as it is, for Kafka Streams copies the bytes;
 * then it is read as absent.
 */
public final class NullIfUnreadable {
    private static final Logger LOG = LoggerFactory.getLogger(NullIfUnreadable.class);

    private NullIfUnreadable() {}

    /** The serde of the values. What else the given one throws is thrown. */
    public static <V> Serde<V> of(Serde<V> values) {
        Deserializer<V> deserializer = values.deserializer();
        return Serdes.serdeFrom(values.serializer(), (topic, bytes) -> {
            try {
                return deserializer.deserialize(topic, bytes);
            } catch (SerializationException e) {
                // At each read of the entry, so not louder.
                LOG.debug("a value in a store of {} is not readable", topic, e);
                return null;
            }
        });
    }
}
