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

/** Adds the events of all types, each at its own rate. The work per call is bounded. */
public final class LiveEvents implements EventProducer {
    private static final Duration STATUS_INTERVAL = Duration.ofSeconds(3);
    private static final Duration STATE_INTERVAL = Duration.ofSeconds(1);

    private final LiveSources sources;
    private final TallyChanges tallies;
    private final TopicEvents topics;
    private final UserChanges users;
    private final Rates rates = new Rates();
    private final Map<String, JsonNode> lastStates = new HashMap<>();
    private final Map<String, Long> due = new HashMap<>();

    /** @param reported of this instance: each producer goes on where the one before has ended */
    public LiveEvents(
            LiveSources sources, Configuration configuration, TopicCatalogue topics, ReportedPositions reported) {
        this.sources = sources;
        this.tallies = new TallyChanges(sources);
        this.topics = new TopicEvents(configuration, topics, reported);
        this.users = new UserChanges(configuration.kafka(), topics);
    }

    @Override
    public void produce(EventLog log) {
        topics.poll(log);
        tallies.changes(log);
        users.changes(log);
        if (isDue("rates", STATE_INTERVAL)) {
            log.appendState("rates", rates.next(sources.captures()));
        }
        if (isDue("states", STATE_INTERVAL)) {
            state(log, "webhooks", sources::webhooks);
            state(log, "sinks", sources::sinks);
            state(log, "dead-letters", sources::deadLetters);
        }
        if (isDue("status", STATUS_INTERVAL)) {
            state(log, "status", () -> Optional.of(sources.status()));
        }
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
        tallies.close();
        users.close();
        topics.close();
    }
}
