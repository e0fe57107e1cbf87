package io.waltally.schemas;

/** A position in the PostgreSQL WAL: an unsigned byte offset, written as two hexadecimal halves, {@code 0/16B3748}. */
public record Lsn(long value) implements Comparable<Lsn> {
    /** Before every position. */
    public static final Lsn ZERO = new Lsn(0);

    /**
     * Parses PostgreSQL's text form.
     *
     * @throws IllegalArgumentException if the text is not of the form {@code X/X} with up to eight hexadecimal digits
     *     each
     */
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash > 8 || text.length() - slash < 2 || text.length() - slash > 9) {
            throw malformed(text, null);
        }
        try {
            long high = Long.parseUnsignedLong(text, 0, slash, 16);
            long low = Long.parseUnsignedLong(text, slash + 1, text.length(), 16);
            return new Lsn(high << 32 | low);
        } catch (NumberFormatException e) {
            throw malformed(text, e);
        }
    }

    private static IllegalArgumentException malformed(String text, NumberFormatException cause) {
        return new IllegalArgumentException("not an LSN: \"" + text + "\" (expected the form 0/16B3748)", cause);
    }

    /** Bytes of WAL from the other position to this one; negative if this one is earlier. */
    public long minus(Lsn other) {
        return value - other.value;
    }

    public boolean isAfter(Lsn other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    /** PostgreSQL's text form. */
    @Override
    public String toString() {
        return String.format("%X/%X", value >>> 32, value & 0xffffffffL);
    }
}
