package io.waltally.app.live;

import com.fasterxml.jackson.databind.JsonNode;
import io.waltally.app.config.Configuration;
import io.waltally.app.http.stream.EventLog;
import io.waltally.app.http.stream.EventProducer;
import io.waltally.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Adds the events of all types to the log, each type at an interval of its own. The work per interval is bounded, however
 * much is written, and no call waits for a server.
 */
public final class LiveEvents implements EventProducer {
    private static final Duration STATUS_INTERVAL = Duration.ofSeconds(3);
    private static final Duration STATE_INTERVAL = Duration.ofSeconds(1);

    private final LiveSources sources;
    private final BackgroundStatus status;
    private final TallyChanges tallies;
    private final Supplier<TopicEvents> topics;
    private final Supplier<UserChanges> users;
    private final Rates rates = new Rates();
    private final Map<String, JsonNode> lastStates = new HashMap<>();
    private final Map<String, Long> due = new HashMap<>();
    private Optional<TopicWatch> watch = Optional.empty();
    private boolean begun;

    /** @param reported of this instance: each producer goes on where the one before has ended */
    public LiveEvents(
            LiveSources sources, Configuration configuration, TopicCatalogue topics, ReportedPositions reported) {
        this.sources = sources;
        this.tallies = new TallyChanges(sources);
        this.topics = () -> new TopicEvents(configuration, topics, reported);
        this.users = () -> new UserChanges(configuration.kafka(), topics);
        this.status = new BackgroundStatus(sources::status, STATUS_INTERVAL);
    }

    @Override
    public void produce(EventLog log) {
        if (watch.isEmpty()) {
            watch = Optional.of(new TopicWatch(log, topics, users));
        }
        // The caller reports the types that begin with the first call.
        if (tallies.changes(log) && begun) {
            log.appendMissed(TallyChanges.TYPES);
        }
        begun = true;
        if (isDue("rates", STATE_INTERVAL)) {
            log.appendState("rates", rates.next(sources.captures()));
        }
        if (isDue("states", STATE_INTERVAL)) {
            state(log, "webhooks", sources::webhooks);
            state(log, "sinks", sources::sinks);
            state(log, "dead-letters", sources::deadLetters);
        }
        state(log, "status", status::last);
    }

    private void state(EventLog log, String type, Supplier<Optional<JsonNode>> state) {
        state.get().filter(now -> !now.equals(lastStates.put(type, now))).ifPresent(now -> log.appendState(type, now));
    }

    private boolean isDue(String what, Duration interval) {
        long now = System.nanoTime();
        Long next = due.get(what);
        if (next != null && now - next < 0) {
            return false;
        }
        due.put(what, now + interval.toNanos());
        return true;
    }

    @Override
    public void close() {
        status.close();
        tallies.close();
        watch.ifPresent(TopicWatch::close);
    }
}
