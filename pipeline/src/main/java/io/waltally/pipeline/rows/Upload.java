package io.waltally.pipeline.rows;

import io.waltally.pipeline.fold.Amounts;
import io.waltally.pipeline.fold.Measure;
import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One multipart upload: its row of multipart_uploads and the sum of its rows of multipart_parts. Rows of the two tables
 * may be read in any order, so either may be missing. What is known of an upload whose rows are gone stays until the
 * whole source has been read up to there: a part read late still has to find its object.
 *
 * @param open whether the row of multipart_uploads is there
 * @param objectKey null as long as that row was not seen
 * @param backend null as long as that row was not seen
 * @param partBytes as {@link Measure#INFLIGHT_BYTES}
 * @param poisonedParts rows of multipart_parts whose last record could not be folded
 */
public record Upload(
        boolean open,
        @Nullable String objectKey,
        @Nullable String backend,
        Amounts partBytes,
        long parts,
        long poisonedParts) {
    public static final Upload UNKNOWN = new Upload(false, null, null, Amounts.NONE, 0, 0);
    public static final BinarySerde<Upload> SERDE = BinarySerde.ofValue(Upload::write, Upload::read);

    private static final int KNOWN = 1;

    /** More bytes than a long can say. */
    private static final int WIDE = 2;

    private static void write(Upload upload, BinaryOutput output) {
        boolean wide = upload.partBytes.isDegraded();
        output.flag(upload.open)
                .text(Objects.requireNonNullElse(upload.objectKey, ""))
                .text(Objects.requireNonNullElse(upload.backend, ""))
                .octet((upload.objectKey != null ? KNOWN : 0) | (wide ? WIDE : 0))
                .number(upload.partBytes.get(Measure.INFLIGHT_BYTES))
                .number(upload.parts)
                .number(upload.poisonedParts);
        if (wide) {
            upload.partBytes.writeTo(output);
        }
    }

    private static Upload read(BinaryInput input) {
        boolean open = input.flag();
        String objectKey = input.text();
        String backend = input.text();
        int form = input.octet();
        boolean known = (form & KNOWN) != 0;
        long bytes = input.number();
        long parts = input.number();
        long poisonedParts = input.number();
        return new Upload(
                open,
                known ? objectKey : null,
                known ? backend : null,
                (form & WIDE) != 0 ? Amounts.readFrom(input) : inFlight(bytes),
                parts,
                poisonedParts);
    }

    private static Amounts inFlight(long bytes) {
        return bytes == 0 ? Amounts.NONE : Amounts.NONE.with(Measure.INFLIGHT_BYTES, bytes);
    }

    Upload opened(String key, String on) {
        return new Upload(true, key, on, partBytes, parts, poisonedParts);
    }

    Upload closed() {
        return new Upload(false, objectKey, backend, partBytes, parts, poisonedParts);
    }

    /** With a part of so many bytes in place of another one. */
    Upload replacing(@Nullable Long before, @Nullable Long after) {
        Amounts bytes = partBytes
                .plus(inFlight(Objects.requireNonNullElse(after, 0L)))
                .minus(inFlight(Objects.requireNonNullElse(before, 0L)));
        int count = (after == null ? 0 : 1) - (before == null ? 0 : 1);
        return new Upload(open, objectKey, backend, bytes, parts + count, poisonedParts);
    }

    Upload plusPoisonedParts(long count) {
        return new Upload(open, objectKey, backend, partBytes, parts, poisonedParts + count);
    }

    /** Whether no row of it is left. */
    public boolean isGone() {
        return !open && parts == 0 && poisonedParts == 0;
    }
}
