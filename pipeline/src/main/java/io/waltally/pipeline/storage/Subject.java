package io.waltally.pipeline.storage;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;

/** Whose storage is tallied. */
public record Subject(Kind kind, String name) {
    public static final BinarySerde<Subject> SERDE = BinarySerde.ofKey(Subject::writeTo, Subject::readFrom);

    /** Backends and buckets may have the same names. */
    public enum Kind {
        BACKEND,
        BUCKET
    }

    public static Subject backend(String name) {
        return new Subject(Kind.BACKEND, name);
    }

    /** The object key up to its first "/"; the empty string where there is none. */
    public static Subject bucketOf(String objectKey) {
        return new Subject(Kind.BUCKET, objectKey.substring(0, Math.max(0, objectKey.indexOf('/'))));
    }

    BinaryOutput writeTo(BinaryOutput output) {
        return output.constant(kind).text(name);
    }

    static Subject readFrom(BinaryInput input) {
        return new Subject(input.constant(Kind.values()), input.text());
    }
}
