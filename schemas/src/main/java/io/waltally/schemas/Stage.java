package io.waltally.schemas;

import java.util.Arrays;
import java.util.List;

/** What topologies make of a source. Each tells in {@code _waltally.applied} up to where its output is complete. */
public enum Stage {
    /** What backends and buckets store. */
    STORAGE(Source.S3, "storage"),
    /** What backends used per month. */
    USAGE(Source.S3, "usage"),
    /** What happened to objects. */
    NOTIFICATIONS(Source.S3, "notifications"),
    /** Collections and storage of users. */
    COLLECTIONS(Source.SYNC, "collections");

    private final Source source;
    private final String id;

    Stage(Source source, String id) {
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

    public static List<Stage> of(Source source) {
        return Arrays.stream(values()).filter(stage -> stage.source == source).toList();
    }
}
