package io.waltally.app.http.stream;

/** Adds events for the changes of an instance. Used by one thread, while clients are connected. */
public interface EventProducer extends AutoCloseable {
    /**
     * Adds the changes since the last call. The first call begins to watch, and adds the state as far as it is known. What
     * begins later is told by {@link EventLog#appendMissed(java.util.Set)}.
     *
     * @throws RuntimeException if it cannot be found out now; the producer is then closed, and another one begins
     */
    void produce(EventLog log);

    @Override
    void close();
}
