package io.waltally.bench;

/** A benchmark failed, so its figures would be meaningless. */
public final class BenchmarkException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BenchmarkException(String message) {
        super(message);
    }

    public BenchmarkException(String message, Throwable cause) {
        super(message, cause);
    }
}
