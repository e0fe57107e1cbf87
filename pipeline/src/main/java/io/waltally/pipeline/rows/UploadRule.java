package io.waltally.pipeline.rows;

import io.waltally.pipeline.fold.RowRule;
import io.waltally.schemas.Change;
import io.waltally.schemas.cdc.MultipartUpload;
import io.waltally.schemas.cdc.MultipartUploadKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** multipart_uploads. */
final class UploadRule implements RowRule<MultipartUploadKey, MultipartUpload, String, Upload> {
    @Override
    public String identity(MultipartUploadKey key) {
        return key.getUploadId();
    }

    @Override
    public Upload with(@Nullable Upload before, Change<MultipartUpload> change) {
        MultipartUpload row = change.after();
        return Objects.requireNonNullElse(before, Upload.UNKNOWN).opened(row.getObjectKey(), row.getBackendName());
    }

    @Override
    public Upload without(Upload before, MultipartUploadKey key) {
        return before.closed();
    }

    @Override
    public @Nullable Upload standIn(MultipartUploadKey key, @Nullable Upload before) {
        // Without its parts in doubt, which count by themselves.
        return before == null || !before.open() ? null : Upload.UNKNOWN.opened(before.objectKey(), before.backend());
    }
}
