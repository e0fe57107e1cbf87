package io.waltally.pipeline.state;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing buffer. Fixed-width values sort as unsigned bytes in their natural order; all others are compact. */
public final class BinaryOutput {
    private byte[] buffer = new byte[48];
    private int length;

    /** Writes one byte. */
    public BinaryOutput octet(int value) {
        ensure(1);
        buffer[length++] = (byte) value;
        return this;
    }

    /** Writes one byte. */
    public BinaryOutput flag(boolean value) {
        return octet(value ? 1 : 0);
    }

    /** Writes the ordinal of an enum constant. New constants therefore go to the end. */
    @SuppressWarnings("EnumOrdinal") // one byte instead of a name, in every stored row
    public BinaryOutput constant(Enum<?> value) {
        return octet(value.ordinal());
    }

    /** Writes four bytes that sort. */
    public BinaryOutput sortedInt(int value) {
        ensure(Integer.BYTES);
        int bits = value ^ Integer.MIN_VALUE;
        for (int change = Integer.SIZE - Byte.SIZE; change >= 0; change -= Byte.SIZE) {
            buffer[length++] = (byte) (bits >>> change);
        }
        return this;
    }

    /** Writes eight bytes that sort. */
    public BinaryOutput sortedLong(long value) {
        ensure(Long.BYTES);
        long bits = value ^ Long.MIN_VALUE;
        for (int change = Long.SIZE - Byte.SIZE; change >= 0; change -= Byte.SIZE) {
            buffer[length++] = (byte) (bits >>> change);
        }
        return this;
    }

    /** Writes one to ten bytes, fewer for values near zero. */
    public BinaryOutput number(long value) {
        ensure(10);
        long bits = (value << 1) ^ (value >> 63);
        while ((bits & ~0x7fL) != 0) {
            buffer[length++] = (byte) (bits | 0x80);
            bits >>>= 7;
        }
        buffer[length++] = (byte) bits;
        return this;
    }

    /** Writes the length in bytes as a number, then the UTF-8 bytes: no text is a prefix of another one. */
    public BinaryOutput text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        return raw(bytes);
    }

    /** Writes the UTF-8 bytes alone; only {@link BinaryInput#remainingText()} can read them. */
    public BinaryOutput remainingText(String value) {
        return raw(value.getBytes(StandardCharsets.UTF_8));
    }

    public BinaryOutput raw(byte[] bytes) {
        ensure(bytes.length);
        System.arraycopy(bytes, 0, buffer, length, bytes.length);
        length += bytes.length;
        return this;
    }

    private void ensure(int more) {
        if (length + more > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, length + more));
        }
    }

    public byte[] toBytes() {
        return Arrays.copyOf(buffer, length);
    }
}
