package io.waltally.app.config;

/** A value as the user wrote it. */
record Given(String text, Origin origin) {
    Given withText(String other) {
        return new Given(other, origin);
    }

    /** Without the text, which may be a secret. */
    @Override
    public String toString() {
        return "Given[" + origin + "]";
    }
}
