package io.waltally.embedded.process;

/**
 * An embedded server did not start, or ended unexpectedly. The message names the server and contains the end of its
 * output.
 */
public class EmbeddedServerException extends RuntimeException {
    public EmbeddedServerException(String message) {
        super(message);
    }

    public EmbeddedServerException(String message, Throwable cause) {
        super(message, cause);
    }
}
