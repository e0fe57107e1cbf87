package io.waltally.pipeline.state;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads values that {@link BinaryOutput} wrote, in the same order. */
public final class BinaryInput {
    private final byte[] buffer;
    private int position;

    public BinaryInput(byte[] buffer) {
        this.buffer = buffer;
    }

    public int octet() {
        return buffer[position++] & 0xff;
    }

    public boolean flag() {
        return octet() != 0;
    }

    /** @param values all constants of the enum */
    public <E extends Enum<E>> E constant(E[] values) {
        return values[octet()];
    }

    public int sortedInt() {
        int bits = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            bits = bits << Byte.SIZE | octet();
        }
        return bits ^ Integer.MIN_VALUE;
    }

    public long sortedLong() {
        long bits = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            bits = bits << Byte.SIZE | octet();
        }
        return bits ^ Long.MIN_VALUE;
    }

    public long number() {
        long bits = 0;
        int change = 0;
        int next;
        do {
            next = octet();
            bits |= (next & 0x7fL) << change;
            change += 7;
        } while ((next & 0x80) != 0);
        return (bits >>> 1) ^ -(bits & 1);
    }

    public int smallNumber() {
        return Math.toIntExact(number());
    }

    public String text() {
        int length = smallNumber();
        String value = new String(buffer, position, length, StandardCharsets.UTF_8);
        position += length;
        return value;
    }

    public String remainingText() {
        String value = new String(buffer, position, buffer.length - position, StandardCharsets.UTF_8);
        position = buffer.length;
        return value;
    }

    public byte[] raw(int length) {
        position += length;
        return Arrays.copyOfRange(buffer, position - length, position);
    }
}
