package io.waltally.app.http;

import io.waltally.app.http.stream.EventLog;
import io.waltally.app.http.stream.EventProducer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Events that a test adds. */
public final class FakeEvents implements EventProducer {
    public final Queue<Consumer<EventLog>> next = new ConcurrentLinkedQueue<>();
    public final AtomicInteger calls = new AtomicInteger();
    public final AtomicInteger closed = new AtomicInteger();

    @Override
    public void produce(EventLog log) {
        calls.incrementAndGet();
        for (Consumer<EventLog> add = next.poll(); add != null; add = next.poll()) {
            add.accept(log);
        }
    }

    @Override
    public void close() {
        closed.incrementAndGet();
    }
}
