package io.waltally.app.http.stream;

/** Appends events about changes of an instance to the log. Used by one thread, while clients are connected. */
public interface EventProducer extends AutoCloseable {
    /**
     * Appends the changes since the last call. The first call begins to watch, and appends the state as far as it is
     * known. Parts that are watched only later are reported by {@link EventLog#appendMissed(java.util.Set)}.
     *
     * @throws RuntimeException if it cannot be found out now; the producer is then closed, and another one begins
     */
    void produce(EventLog log);

    @Override
    void close();
}
