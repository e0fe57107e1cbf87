package io.waltally.app.config.reading;

/** A value as the user wrote it. */
public record RawValue(String text, Origin origin) {
    public RawValue withText(String other) {
        return new RawValue(other, origin);
    }

    /** Without the text, which may be a secret. */
    @Override
    public String toString() {
        return "Given[" + origin + "]";
    }
}
