package io.waltally.schemas;

import java.util.Arrays;
import java.util.Optional;

/** The types of notifications. */
public enum NotificationType {
    OBJECT_CREATED_PUT("s3:ObjectCreated:Put", true),
    OBJECT_CREATED_COMPLETE_MULTIPART_UPLOAD("s3:ObjectCreated:CompleteMultipartUpload", true),
    OBJECT_REMOVED_DELETE("s3:ObjectRemoved:Delete", true),
    OBJECT_REMOVED_DELETE_BATCH("s3:ObjectRemoved:DeleteBatch", true),
    OBJECT_UNDER_REPLICATED("object.under_replicated", true),
    BACKEND_CAPACITY_WARNING("backend.capacity.warning", false),
    BACKEND_USAGE_WARNING("backend.usage.warning", false),
    BACKEND_REMOVED("backend.removed", false),
    CLEANUP_EXHAUSTED("cleanup.exhausted", false),
    USER_QUOTA_REACHED("user.quota.reached", false),
    COLLECTION_CHANGED("collection.changed", false);

    private final String id;
    private final boolean aboutObject;

    NotificationType(String id, boolean aboutObject) {
        this.id = id;
        this.aboutObject = aboutObject;
    }

    /** The type of the CloudEvent. */
    public String id() {
        return id;
    }

    /** Whether the event is about an object, so that its subject is an object key without the bucket. */
    public boolean isAboutObject() {
        return aboutObject;
    }

    /** Empty if there is no type with that id. */
    public static Optional<NotificationType> of(String id) {
        return Arrays.stream(values()).filter(type -> type.id.equals(id)).findFirst();
    }
}
