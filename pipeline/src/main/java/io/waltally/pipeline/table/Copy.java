package io.waltally.pipeline.table;

import io.waltally.pipeline.row.Timestamps;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.schemas.cdc.ObjectLocation;
import java.util.Comparator;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One copy of an object, a row of object_locations.
 *
 * @param storedBytes as the backend holds it, possibly encrypted
 * @param logicalBytes of the plaintext
 * @param contentHash identifies the content: the first half of a hexadecimal SHA-256, else the row's hash; empty if
 *     unknown
 * @param createdAt in microseconds; {@link Timestamps#NEVER} for null, which sorts last
 */
public record Copy(String backend, long storedBytes, long logicalBytes, String contentHash, long createdAt) {
    /** Sorts the primary copy of an object first. */
    static final Comparator<Copy> FIRST =
            Comparator.comparingLong(Copy::createdAt).thenComparing(Copy::backend);

    /** 128 bits identify contents as well as 256 do, and take half the space in the store. */
    private static final int HASH_DIGITS = 32;

    private static final int TEXT_HASH = 1;
    private static final int HEX_HASH = 2;

    static Copy of(ObjectLocation row) {
        Long plaintext = row.getPlaintextSize();
        return new Copy(
                row.getBackendName(),
                row.getSizeBytes(),
                plaintext == null ? row.getSizeBytes() : plaintext,
                hash(row.getContentHash()),
                Timestamps.micros(row.getCreatedAt(), Timestamps.NEVER));
    }

    /** A copy of which only the backend is known. */
    static Copy unknown(String backend) {
        return new Copy(backend, 0, 0, "", Timestamps.NEVER);
    }

    private static String hash(@Nullable String ofRow) {
        if (ofRow == null) {
            return "";
        }
        return ofRow.length() > HASH_DIGITS && isHex(ofRow) ? ofRow.substring(0, HASH_DIGITS) : ofRow;
    }

    /** Whether the other copy may have been made from this one. */
    public boolean hasContentOf(Copy other) {
        return storedBytes == other.storedBytes
                && logicalBytes == other.logicalBytes
                && contentHash.equals(other.contentHash);
    }

    void writeTo(BinaryOutput output) {
        output.text(backend).number(storedBytes).number(logicalBytes - storedBytes);
        if (contentHash.length() % 2 == 0 && isHex(contentHash)) {
            byte[] hash = HexFormat.of().parseHex(contentHash);
            output.octet(HEX_HASH).number(hash.length).raw(hash);
        } else {
            output.octet(TEXT_HASH).text(contentHash);
        }
        output.number(createdAt);
    }

    /** Hexadecimal digits in lower case, which are stored as half as many bytes. */
    private static boolean isHex(String hash) {
        for (int i = 0; i < hash.length(); i++) {
            char digit = hash.charAt(i);
            if ((digit < '0' || digit > '9') && (digit < 'a' || digit > 'f')) {
                return false;
            }
        }
        return true;
    }

    static Copy readFrom(BinaryInput input) {
        String backend = input.text();
        long stored = input.number();
        long logical = stored + input.number();
        String hash =
                input.octet() == TEXT_HASH ? input.text() : HexFormat.of().formatHex(input.raw(input.smallNumber()));
        return new Copy(backend, stored, logical, hash, input.number());
    }
}
