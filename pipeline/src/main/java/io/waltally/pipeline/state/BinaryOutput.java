package io.waltally.pipeline.state;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing buffer. The fixed-width forms sort as unsigned bytes in the order of their values; the others are short. */
public final class BinaryOutput {
    private byte[] buffer = new byte[48];
    private int length;

    /** One byte. */
    public BinaryOutput octet(int value) {
        ensure(1);
        buffer[length++] = (byte) value;
        return this;
    }

    /** One byte. */
    public BinaryOutput flag(boolean value) {
        return octet(value ? 1 : 0);
    }

    /** The place of a constant among those of its enum, where new ones therefore go to the end. */
    @SuppressWarnings("EnumOrdinal") // one byte instead of a name, in every row that is stored
    public BinaryOutput constant(Enum<?> value) {
        return octet(value.ordinal());
    }

    /** Four bytes that sort. */
    public BinaryOutput sortedInt(int value) {
        ensure(Integer.BYTES);
        int bits = value ^ Integer.MIN_VALUE;
        for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            buffer[length++] = (byte) (bits >>> shift);
        }
        return this;
    }

    /** Eight bytes that sort. */
    public BinaryOutput sortedLong(long value) {
        ensure(Long.BYTES);
        long bits = value ^ Long.MIN_VALUE;
        for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            buffer[length++] = (byte) (bits >>> shift);
        }
        return this;
    }

    /** One to ten bytes, fewer for values near zero. */
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

    /** Its length in bytes as a number, then its UTF-8 form: no text is a prefix of another. */
    public BinaryOutput text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        return raw(bytes);
    }

    /** The UTF-8 form alone; only {@link BinaryInput#remainingText()} can read it. */
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
