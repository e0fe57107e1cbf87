package io.waltally.schemas;

import java.util.Arrays;
import java.util.List;

/**
 * The output stages of the topologies. Each writes to {@code _waltally.applied} up to which position its output is
 * complete.
 */
public enum OutputStage {
    /** Storage of backends and buckets. */
    STORAGE(Source.S3, "storage"),
    /** Monthly usage of backends. */
    USAGE(Source.S3, "usage"),
    /** Notifications about objects. */
    NOTIFICATIONS(Source.S3, "notifications"),
    /** Collections and storage of users. */
    COLLECTIONS(Source.SYNC, "collections");

    private final Source source;
    private final String id;

    OutputStage(Source source, String id) {
        this.source = source;
        this.id = id;
    }

    public Source source() {
        return source;
    }

    /** The name in {@code _waltally.applied}. */
    public String id() {
        return id;
    }

    public static List<OutputStage> of(Source source) {
        return Arrays.stream(values()).filter(stage -> stage.source == source).toList();
    }
}
