package io.waltally.embedded;

/** An embedded server did not start, or ended by itself. The message names the server and holds its last words. */
public class EmbeddedServerException extends RuntimeException {
    public EmbeddedServerException(String message) {
        super(message);
    }

    public EmbeddedServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
