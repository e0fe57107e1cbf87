package io.waltally.iceberg.column;

/** A value cannot be represented in the type of its column. The message is the value as text. */
final class UnrepresentableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnrepresentableException(String text) {
        super(text, null, false, false);
    }
}
