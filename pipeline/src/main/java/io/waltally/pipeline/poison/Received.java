package io.waltally.pipeline.poison;

import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.jspecify.annotations.Nullable;

/** A key or a value as received, and what it is read as. */
public final class Received<T> {
    private final byte @Nullable [] bytes;
    private final @Nullable T value;
    private final @Nullable SerializationException failure;

    private Received(byte @Nullable [] bytes, @Nullable T value, @Nullable SerializationException failure) {
        this.bytes = bytes;
        this.value = value;
        this.failure = failure;
    }

    /** Fails as the given one does, but for bytes that are wrong. A registry that does not answer is no fault of theirs. */
    public static <T> Serde<Received<T>> serde(Serde<T> serde) {
        Deserializer<T> deserializer = serde.deserializer();
        return Serdes.serdeFrom(
                (topic, received) -> received.bytes, (topic, bytes) -> read(deserializer, topic, bytes));
    }

    private static <T> Received<T> read(Deserializer<T> deserializer, String topic, byte @Nullable [] bytes) {
        try {
            return new Received<>(bytes, bytes == null ? null : deserializer.deserialize(topic, bytes), null);
        } catch (SerializationException e) {
            return new Received<>(bytes, null, e);
        }
    }

    /** Null if there are none. */
    public byte @Nullable [] bytes() {
        return bytes;
    }

    /** Null if there are no bytes, or if they cannot be read. */
    public @Nullable T value() {
        return value;
    }

    /** Why the bytes cannot be read; null if they can. */
    public @Nullable SerializationException failure() {
        return failure;
    }
}
