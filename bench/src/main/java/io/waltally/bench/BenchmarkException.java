package io.waltally.bench;

/** A benchmark did not come to its end, so that its figures would mean nothing. */
public final class BenchmarkException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BenchmarkException(String message) {
        super(message);
    }

    BenchmarkException(String message, Throwable cause) {
        super(message, cause);
    }
}
