package io.waltally.pipeline.state;

import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * A serde from a pair of functions, for what never leaves the application. Values carry a version byte, so that a later
 * form can be told from an earlier one; keys carry none, so that they sort and can be looked up by a prefix.
 */
public final class BinarySerde<T> implements Serde<T> {
    private static final byte[] KEY = {};
    private static final byte[] VERSION_1 = {1};

    private final byte[] prefix;
    private final BiConsumer<T, BinaryOutput> write;
    private final Function<BinaryInput, T> read;

    private BinarySerde(byte[] prefix, BiConsumer<T, BinaryOutput> write, Function<BinaryInput, T> read) {
        this.prefix = prefix;
        this.write = write;
        this.read = read;
    }

    public static <T> BinarySerde<T> ofKey(BiConsumer<T, BinaryOutput> write, Function<BinaryInput, T> read) {
        return new BinarySerde<>(KEY, write, read);
    }

    public static <T> BinarySerde<T> ofValue(BiConsumer<T, BinaryOutput> write, Function<BinaryInput, T> read) {
        return new BinarySerde<>(VERSION_1, write, read);
    }

    @Override
    public Serializer<T> serializer() {
        return (topic, value) -> value == null ? null : write(value);
    }

    @Override
    public Deserializer<T> deserializer() {
        return (topic, bytes) -> bytes == null ? null : read(topic, bytes);
    }

    /** The form without a version, as a part of another one. */
    public BinaryOutput writeTo(T value, BinaryOutput output) {
        write.accept(value, output);
        return output;
    }

    /** Reads what {@link #writeTo} wrote. */
    public T readFrom(BinaryInput input) {
        return read.apply(input);
    }

    private byte[] write(T value) {
        BinaryOutput output = new BinaryOutput().raw(prefix);
        return writeTo(value, output).toBytes();
    }

    private T read(String topic, byte[] bytes) {
        BinaryInput input = new BinaryInput(bytes);
        for (byte expected : prefix) {
            int version = input.octet();
            if (version != expected) {
                throw new SerializationException(topic + " holds version " + version
                        + ", which a later waltally wrote: run that one, or reset the streams application");
            }
        }
        return readFrom(input);
    }
}
