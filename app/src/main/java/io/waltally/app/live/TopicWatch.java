package io.waltally.app.live;

import io.waltally.app.http.stream.EventLog;
import io.waltally.schemas.CloseSignal;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds the events that come from topics, in a thread of its own, so that an unreachable Kafka delays no other events. */
final class TopicWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TopicWatch.class);

    private static final Duration INTERVAL = Duration.ofMillis(250);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(2);

    private final EventLog log;
    private final Supplier<TopicEvents> topics;
    private final Supplier<UserChanges> users;
    private final CloseSignal closing = new CloseSignal();
    private final Thread thread = new Thread(this::run, "live-topics");
    private boolean interrupted;

    /**
     * @param topics notifications and transactions; made anew after a failure
     * @param users their tallies; made anew after a failure
     */
    TopicWatch(EventLog log, Supplier<TopicEvents> topics, Supplier<UserChanges> users) {
        this.log = log;
        this.topics = topics;
        this.users = users;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!closing.isClosed()) {
            try {
                watch();
            } catch (RuntimeException e) {
                LOG.debug("topics cannot be read, trying again", e);
                closing.closedWithin(PAUSE_AFTER_FAILURE);
            }
        }
    }

    private void watch() {
        try (TopicEvents happenings = topics.get();
                UserChanges tallies = users.get()) {
            boolean begun = false;
            while (!closing.isClosed()) {
                happenings.poll(log);
                tallies.changes(log);
                if (!begun) {
                    begun = true;
                    tellOfTheBeginning();
                }
                closing.closedWithin(INTERVAL);
            }
        }
    }

    private void tellOfTheBeginning() {
        if (interrupted) {
            log.appendMissed();
        } else {
            log.appendMissed(UserChanges.TYPES);
        }
        interrupted = true;
    }

    @Override
    public void close() {
        closing.close();
        thread.interrupt();
        try {
            thread.join(STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
