package io.waltally.pipeline.state;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * A serde of a pair of functions, for data that never leaves the application. Values begin with a version byte. Keys
 * have none, so that they sort and can be looked up by a prefix.
 */
public final class BinarySerde<T> implements Serde<T> {
    private final BiConsumer<T, BinaryOutput> write;
    private final Function<BinaryInput, T> read;
    private final List<Function<BinaryInput, T>> versions;

    private BinarySerde(
            BiConsumer<T, BinaryOutput> write, Function<BinaryInput, T> read, List<Function<BinaryInput, T>> versions) {
        this.write = write;
        this.read = read;
        this.versions = versions;
    }

    public static <T> BinarySerde<T> ofKey(BiConsumer<T, BinaryOutput> write, Function<BinaryInput, T> read) {
        return new BinarySerde<>(write, read, List.of());
    }

    public static <T> BinarySerde<T> ofValue(BiConsumer<T, BinaryOutput> write, Function<BinaryInput, T> read) {
        return new BinarySerde<>(write, read, List.of(read));
    }

    /** @param readEarlier reads the previous form */
    public static <T> BinarySerde<T> ofValue(
            BiConsumer<T, BinaryOutput> write, Function<BinaryInput, T> read, Function<BinaryInput, T> readEarlier) {
        return new BinarySerde<>(write, read, List.of(readEarlier, read));
    }

    @Override
    public Serializer<T> serializer() {
        return (topic, value) -> value == null ? null : write(value);
    }

    @Override
    public Deserializer<T> deserializer() {
        return (topic, bytes) -> bytes == null ? null : read(topic, bytes);
    }

    /** The form without the version byte, as part of another value. */
    public BinaryOutput writeTo(T value, BinaryOutput output) {
        write.accept(value, output);
        return output;
    }

    /** Reads the form that {@link #writeTo} writes. */
    public T readFrom(BinaryInput input) {
        return read.apply(input);
    }

    private byte[] write(T value) {
        BinaryOutput output = new BinaryOutput();
        if (!versions.isEmpty()) {
            output.octet(versions.size());
        }
        return writeTo(value, output).toBytes();
    }

    private T read(String topic, byte[] bytes) {
        BinaryInput input = new BinaryInput(bytes);
        if (versions.isEmpty()) {
            return readFrom(input);
        }
        int version = input.octet();
        if (version < 1 || version > versions.size()) {
            throw new SerializationException(topic + " holds version " + version
                    + ", which a later waltally wrote: run that one, or reset the streams application");
        }
        return versions.get(version - 1).apply(input);
    }
}
