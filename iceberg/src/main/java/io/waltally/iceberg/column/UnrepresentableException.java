package io.waltally.iceberg.column;

/** A value that the type of its column does not have. The message is its text. */
final class UnrepresentableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnrepresentableException(String text) {
        super(text, null, false, false);
    }
}
