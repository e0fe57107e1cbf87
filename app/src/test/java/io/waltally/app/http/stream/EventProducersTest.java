package io.waltally.app.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventProducersTest {
    private static final int TIMEOUT = 20;

    private final BlockingQueue<Producer> made = new LinkedBlockingQueue<>();
    private final AtomicInteger open = new AtomicInteger();
    private final CountDownLatch mayClose = new CountDownLatch(1);

    private final class Producer implements EventProducer {
        private final CountDownLatch closing = new CountDownLatch(1);
        private final int openThen = open.incrementAndGet();

        Producer() {
            made.add(this);
        }

        @Override
        public void produce(EventLog log) {}

        @Override
        public void close() {
            closing.countDown();
            try {
                mayClose.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            open.decrementAndGet();
        }
    }

    @Test
    void aClientThatComesWhileAProducerIsClosedGetsAnotherOneAfterwards() throws InterruptedException {
        try (EventStream stream = new EventStream(Producer::new, Duration.ZERO)) {
            stream.connect().close();
            Producer first = made.poll(TIMEOUT, TimeUnit.SECONDS);
            assertThat(first.closing.await(TIMEOUT, TimeUnit.SECONDS)).isTrue();
            try (EventStream.Client client = stream.connect()) {
                assertThat(client.events()).isNotNull();
                mayClose.countDown();
                Producer second = made.poll(TIMEOUT, TimeUnit.SECONDS);
                assertThat(second).isNotNull();
                assertThat(second.openThen).isEqualTo(1);
            }
        }
    }
}
