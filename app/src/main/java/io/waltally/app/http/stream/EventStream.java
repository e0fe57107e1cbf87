package io.waltally.app.http.stream;

import io.waltally.app.http.route.tally.TallyQueries;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Server-sent events of an instance for any number of clients. A producer runs while there are clients, and for a while after, so that they may resume.
 */
public final class EventStream implements AutoCloseable {
    /** Largest number of clients at once. */
    public static final int MAX_CLIENTS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    private static final int MAX_EVENTS = 2_000;
    private static final long MAX_BYTES = 8L << 20;
    private static final Duration INTERVAL = Duration.ofMillis(250);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(2);
    private static final int BASE = 36;

    private final Supplier<? extends EventProducer> producers;
    private final Duration linger;
    private final EventLog log = new EventLog(Long.toString(System.currentTimeMillis(), BASE), MAX_EVENTS, MAX_BYTES);
    private final CountDownLatch closing = new CountDownLatch(1);
    private int clients;
    private long idleSince;
    private Optional<Thread> thread = Optional.empty();
    /** Whether there was a producer before: what happened between the two was not observed. */
    private boolean interrupted;

    /**
     * @param producers are made when the first client comes
     * @param linger for how long the producer goes on without clients
     */
    public EventStream(Supplier<? extends EventProducer> producers, Duration linger) {
        this.producers = producers;
        this.linger = linger;
    }

    /** A client, until it is closed. */
    public interface Client extends AutoCloseable {
        EventLog events();

        /** The position when the client came, before a producer that was started for it. */
        long beginning();

        @Override
        void close();
    }

    /** @throws TallyQueries.NotNow if there are too many clients */
    public synchronized Client connect() {
        if (clients >= MAX_CLIENTS) {
            throw new TallyQueries.TalliesUnavailableException(
                    MAX_CLIENTS + " clients follow the events already; try again");
        }
        clients++;
        long beginning = log.end();
        if (thread.isEmpty() && closing.getCount() > 0) {
            Thread started = new Thread(this::run, "live-events");
            started.setDaemon(true);
            started.start();
            thread = Optional.of(started);
        }
        return new Client() {
            private boolean gone;

            @Override
            public EventLog events() {
                return log;
            }

            @Override
            public long beginning() {
                return beginning;
            }

            @Override
            public void close() {
                synchronized (EventStream.this) {
                    if (!gone) {
                        gone = true;
                        clients--;
                        idleSince = System.nanoTime();
                    }
                }
            }
        };
    }

    /** The number of clients. */
    public synchronized int clients() {
        return clients;
    }

    private void run() {
        do {
            produce();
        } while (mustProduceAgain());
    }

    private void produce() {
        boolean wanted = true;
        while (wanted) {
            try (EventProducer producer = producers.get()) {
                producer.produce(log);
                if (interrupted) {
                    log.appendMissed();
                } else {
                    // Clients may have read the lists before the producer began to watch them.
                    log.appendMissed(StreamRoutes.OF_LISTS);
                }
                interrupted = true;
                while (continuesAfter(INTERVAL)) {
                    producer.produce(log);
                }
                wanted = false;
            } catch (RuntimeException e) {
                LOG.debug("events cannot be produced, trying again", e);
                wanted = continuesAfter(PAUSE_AFTER_FAILURE);
            }
        }
    }

    private boolean continuesAfter(Duration pause) {
        boolean stopped;
        try {
            stopped = closing.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            stopped = true;
        }
        synchronized (this) {
            return !stopped && (clients > 0 || System.nanoTime() - idleSince < linger.toNanos());
        }
    }

    /** A client may have come while the producer was being closed. There are never two producers. */
    private synchronized boolean mustProduceAgain() {
        boolean wanted = closing.getCount() > 0 && clients > 0;
        if (!wanted) {
            thread = Optional.empty();
        }
        return wanted;
    }

    /** Ends the connections of all clients, and the producer. */
    @Override
    public void close() {
        Optional<Thread> running;
        synchronized (this) {
            closing.countDown();
            running = thread;
        }
        log.close();
        if (running.isPresent()) {
            try {
                running.get().join(STOP.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
