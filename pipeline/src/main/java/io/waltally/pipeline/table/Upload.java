package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;
import io.waltally.pipeline.tally.Amounts;
import io.waltally.pipeline.tally.Measure;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A multipart upload: its row of multipart_uploads, and the sum of its rows of multipart_parts. The tables may be read
 * in any order, so either may be missing. An upload without rows stays until the whole source was read up to its end,
 * because a late part still has to find its object.
 *
 * @param open whether the row of multipart_uploads exists
 * @param objectKey null until that row was read
 * @param backend null until that row was read
 * @param partBytes as {@link Measure#INFLIGHT_BYTES}
 * @param uncertainParts number of uncertain rows of multipart_parts
 */
public record Upload(
        boolean open,
        @Nullable String objectKey,
        @Nullable String backend,
        Amounts partBytes,
        long parts,
        long uncertainParts) {
    public static final Upload UNKNOWN = new Upload(false, null, null, Amounts.NONE, 0, 0);
    public static final BinarySerde<Upload> SERDE = BinarySerde.ofValue(Upload::write, Upload::read);

    private static final int KNOWN = 1;

    /** May exceed the range of a long. */
    private static final int WIDE = 2;

    private static void write(Upload upload, BinaryOutput output) {
        boolean wide = upload.partBytes.isDegraded();
        output.flag(upload.open)
                .text(Objects.requireNonNullElse(upload.objectKey, ""))
                .text(Objects.requireNonNullElse(upload.backend, ""))
                .octet((upload.objectKey != null ? KNOWN : 0) | (wide ? WIDE : 0))
                .number(upload.partBytes.get(Measure.INFLIGHT_BYTES))
                .number(upload.parts)
                .number(upload.uncertainParts);
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
        long uncertainParts = input.number();
        return new Upload(
                open,
                known ? objectKey : null,
                known ? backend : null,
                (form & WIDE) != 0 ? Amounts.readFrom(input) : inFlight(bytes),
                parts,
                uncertainParts);
    }

    private static Amounts inFlight(long bytes) {
        return bytes == 0 ? Amounts.NONE : Amounts.NONE.with(Measure.INFLIGHT_BYTES, bytes);
    }

    Upload opened(String key, String on) {
        return new Upload(true, key, on, partBytes, parts, uncertainParts);
    }

    Upload closed() {
        return new Upload(false, objectKey, backend, partBytes, parts, uncertainParts);
    }

    /** Replaces a part of that many bytes, or none. */
    Upload replacing(@Nullable Long before, @Nullable Long after) {
        Amounts bytes = partBytes
                .plus(inFlight(Objects.requireNonNullElse(after, 0L)))
                .minus(inFlight(Objects.requireNonNullElse(before, 0L)));
        int count = (after == null ? 0 : 1) - (before == null ? 0 : 1);
        return new Upload(open, objectKey, backend, bytes, parts + count, uncertainParts);
    }

    Upload plusUncertainParts(long count) {
        return new Upload(open, objectKey, backend, partBytes, parts, uncertainParts + count);
    }

    /** Whether no row of the upload is left. */
    public boolean isGone() {
        return !open && parts == 0 && uncertainParts == 0;
    }
}
