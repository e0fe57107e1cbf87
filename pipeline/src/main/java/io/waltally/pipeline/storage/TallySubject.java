package io.waltally.pipeline.storage;

import io.waltally.pipeline.state.BinaryInput;
import io.waltally.pipeline.state.BinaryOutput;
import io.waltally.pipeline.state.BinarySerde;

/** The backend or the bucket whose storage is tallied. */
public record TallySubject(Kind kind, String name) {
    public static final BinarySerde<TallySubject> SERDE =
            BinarySerde.ofKey(TallySubject::writeTo, TallySubject::readFrom);

    /** A backend and a bucket may have the same name. */
    public enum Kind {
        BACKEND,
        BUCKET
    }

    public static TallySubject backend(String name) {
        return new TallySubject(Kind.BACKEND, name);
    }

    /** The object key up to its first "/"; the empty string if there is none. */
    public static TallySubject bucketOf(String objectKey) {
        return new TallySubject(Kind.BUCKET, objectKey.substring(0, Math.max(0, objectKey.indexOf('/'))));
    }

    BinaryOutput writeTo(BinaryOutput output) {
        return output.constant(kind).text(name);
    }

    static TallySubject readFrom(BinaryInput input) {
        return new TallySubject(input.constant(Kind.values()), input.text());
    }
}
