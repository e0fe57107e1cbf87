package io.waltally.pipeline.state;

import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deserializes values of public topics and their stores, and treats unreadable values as absent: another producer's
 * record under one of our keys deletes the entry, as a tombstone would. Restored stores contain such bytes unchanged.
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
