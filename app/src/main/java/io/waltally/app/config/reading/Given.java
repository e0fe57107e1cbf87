package io.waltally.app.config.reading;

/** A value as the user wrote it. */
public record Given(String text, Origin origin) {
    public Given withText(String other) {
        return new Given(other, origin);
    }

    /** Without the text, which may be a secret. */
    @Override
    public String toString() {
        return "Given[" + origin + "]";
    }
}
