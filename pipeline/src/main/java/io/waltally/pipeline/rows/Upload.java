package io.waltally.pipeline.rows;

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
 * @param poisonedParts rows of multipart_parts whose last record could not be folded
 */
public record Upload(
        boolean open,
        @Nullable String objectKey,
        @Nullable String backend,
        long partBytes,
        long parts,
        long poisonedParts) {
    public static final Upload UNKNOWN = new Upload(false, null, null, 0, 0, 0);
    public static final BinarySerde<Upload> SERDE = BinarySerde.ofValue(
            (upload, output) -> output.flag(upload.open)
                    .text(Objects.requireNonNullElse(upload.objectKey, ""))
                    .text(Objects.requireNonNullElse(upload.backend, ""))
                    .flag(upload.objectKey != null)
                    .number(upload.partBytes)
                    .number(upload.parts)
                    .number(upload.poisonedParts),
            input -> {
                boolean open = input.flag();
                String objectKey = input.text();
                String backend = input.text();
                boolean known = input.flag();
                return new Upload(
                        open,
                        known ? objectKey : null,
                        known ? backend : null,
                        input.number(),
                        input.number(),
                        input.number());
            });

    Upload opened(String key, String on) {
        return new Upload(true, key, on, partBytes, parts, poisonedParts);
    }

    Upload closed() {
        return new Upload(false, objectKey, backend, partBytes, parts, poisonedParts);
    }

    Upload plusParts(long bytes, long count) {
        return new Upload(open, objectKey, backend, partBytes + bytes, parts + count, poisonedParts);
    }

    Upload plusPoisonedParts(long count) {
        return new Upload(open, objectKey, backend, partBytes, parts, poisonedParts + count);
    }

    /** Whether no row of it is left. */
    public boolean isGone() {
        return !open && parts == 0 && poisonedParts == 0;
    }
}
