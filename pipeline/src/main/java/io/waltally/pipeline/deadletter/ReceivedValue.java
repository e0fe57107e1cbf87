package io.waltally.pipeline.deadletter;

import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.jspecify.annotations.Nullable;

/** A key or a value: the received bytes, and the result of their deserialization. */
public final class ReceivedValue<T> {
    private final byte @Nullable [] bytes;
    private final @Nullable T value;
    private final @Nullable SerializationException failure;

    private ReceivedValue(byte @Nullable [] bytes, @Nullable T value, @Nullable SerializationException failure) {
        this.bytes = bytes;
        this.value = value;
        this.failure = failure;
    }

    /**
     * A deserializer that returns the failure of the given one instead of throwing it, if the bytes are the cause.
     * Other failures, such as an unavailable registry, are thrown.
     */
    public static <T> Serde<ReceivedValue<T>> serde(Serde<T> serde) {
        Deserializer<T> deserializer = serde.deserializer();
        return Serdes.serdeFrom(
                (topic, received) -> received.bytes, (topic, bytes) -> read(deserializer, topic, bytes));
    }

    private static <T> ReceivedValue<T> read(Deserializer<T> deserializer, String topic, byte @Nullable [] bytes) {
        try {
            return new ReceivedValue<>(bytes, bytes == null ? null : deserializer.deserialize(topic, bytes), null);
        } catch (SerializationException e) {
            return new ReceivedValue<>(bytes, null, e);
        }
    }

    /** The received bytes; null if there are none. */
    public byte @Nullable [] bytes() {
        return bytes;
    }

    /** The deserialized value; null if there are no bytes, or if they are unreadable. */
    public @Nullable T value() {
        return value;
    }

    /** The reason why the bytes are unreadable; null if they are readable. */
    public @Nullable SerializationException failure() {
        return failure;
    }
}
