package io.waltally.app.http.stream;

/** Finds what has changed. Used by one thread, while there are clients. */
public interface EventProducer extends AutoCloseable {
    /**
     * Adds what has changed since the last call. The first call adds how everything is.
     *
     * @throws RuntimeException if it cannot be found out now; the producer is then closed, and another one begins
     */
    void produce(EventLog log);

    @Override
    void close();
}
