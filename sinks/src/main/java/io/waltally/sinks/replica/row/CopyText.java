package io.waltally.sinks.replica.row;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text in the form that COPY reads, in UTF-8. Grows as needed; not thread-safe. */
public final class CopyText {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int INITIAL_BYTES = 1 << 16;
    private static final int MAX_DIGITS = 20;
    private static final int DECIMAL = 10;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;

    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Removes what was added since the text had this length. */
    public void truncate(int shorter) {
        length = shorter;
    }

    public void add(char ascii) {
        reserve(1);
        bytes[length++] = (byte) ascii;
    }

    public void add(String text) {
        add(text.getBytes(StandardCharsets.UTF_8));
    }

    public void add(byte[] text) {
        add(text, 0, text.length);
    }

    public void add(byte[] source, int from, int count) {
        reserve(count);
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    public void add(long number) {
        if (number == Long.MIN_VALUE) {
            add(Long.toString(number));
            return;
        }
        reserve(MAX_DIGITS);
        long rest = number;
        if (rest < 0) {
            bytes[length++] = '-';
            rest = -rest;
        }
        int digits = 1;
        for (long power = DECIMAL; digits < MAX_DIGITS - 1 && rest >= power; power *= DECIMAL) {
            digits++;
        }
        addDigits(rest, digits);
    }

    /** Adds a number that is not negative, with leading zeros. */
    void addPadded(long number, int digits) {
        reserve(digits);
        addDigits(number, digits);
    }

    private void addDigits(long number, int digits) {
        long rest = number;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % DECIMAL);
            rest /= DECIMAL;
        }
        length += digits;
    }

    void addHex(ByteBuffer binary) {
        reserve(2 * binary.remaining());
        for (int i = binary.position(); i < binary.limit(); i++) {
            int value = binary.get(i);
            bytes[length++] = HEX[value >> 4 & 0xf];
            bytes[length++] = HEX[value & 0xf];
        }
    }

    /** Escapes the value that was added since the text had this length, so that COPY reads it as it is. */
    void escape(int from) {
        int special = 0;
        for (int i = from; i < length; i++) {
            if (isSpecial(bytes[i])) {
                special++;
            }
        }
        if (special == 0) {
            return;
        }
        reserve(special);
        int to = length + special;
        length = to;
        for (int i = to - special - 1; special > 0; i--) {
            byte value = bytes[i];
            if (isSpecial(value)) {
                bytes[--to] = letter(value);
                bytes[--to] = '\\';
                special--;
            } else {
                bytes[--to] = value;
            }
        }
    }

    private static boolean isSpecial(byte value) {
        return value == '\\' || value == '\n' || value == '\r' || value == '\t';
    }

    private static byte letter(byte special) {
        return switch (special) {
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> special;
        };
    }

    /** Quotes the value that was added since the text had this length, as an element of an array. */
    void quoteElement(int from) {
        byte[] element = Arrays.copyOfRange(bytes, from, length);
        length = from;
        add('"');
        for (byte value : element) {
            if (value == '"' || value == '\\') {
                add('\\');
            }
            reserve(1);
            bytes[length++] = value;
        }
        add('"');
    }

    /** Whether what was added since the text had this length is the given text. */
    boolean endsWith(int from, byte[] text) {
        return Arrays.equals(bytes, from, length, text, 0, text.length);
    }

    byte[] copy(int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, more)));
        }
    }
}
