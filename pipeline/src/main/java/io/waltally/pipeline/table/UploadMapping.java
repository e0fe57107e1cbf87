package io.waltally.pipeline.table;

import io.waltally.pipeline.row.RowStateMapping;
import io.waltally.schemas.Change;
import io.waltally.schemas.cdc.MultipartUpload;
import io.waltally.schemas.cdc.MultipartUploadKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Maps rows of multipart_uploads to {@link Upload}. */
final class UploadMapping implements RowStateMapping<MultipartUploadKey, MultipartUpload, String, Upload> {
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
        // Without its uncertain parts, which count by themselves.
        return before == null || !before.open() ? null : Upload.UNKNOWN.opened(before.objectKey(), before.backend());
    }
}
