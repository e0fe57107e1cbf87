package io.waltally.workload.session;

/**
 * A notification that must follow from a committed transaction.
 *
 * @param type the event's type, such as {@code s3:ObjectCreated:Put}
 * @param subject the full object key (bucket and user key), or the backend of {@code backend.removed}
 */
public record ExpectedNotification(String type, String subject) {
    public static final String CREATED_PUT = "s3:ObjectCreated:Put";
    public static final String CREATED_MULTIPART = "s3:ObjectCreated:CompleteMultipartUpload";
    public static final String REMOVED = "s3:ObjectRemoved:Delete";
    public static final String REMOVED_BATCH = "s3:ObjectRemoved:DeleteBatch";
    public static final String CLEANUP_EXHAUSTED = "cleanup.exhausted";
    public static final String BACKEND_REMOVED = "backend.removed";
}
