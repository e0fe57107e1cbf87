package io.waltally.app.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.http.route.HistoryQueries;
import io.waltally.schemas.CloseSignal;
import io.waltally.schemas.agg.BackendQuota;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Figures of the past, sampled in memory: rates of the last 15 minutes, backends of the last day. Thread-safe. */
public final class History implements HistoryQueries, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(History.class);

    private static final Duration RATE_INTERVAL = Duration.ofSeconds(5);
    private static final int RATES = 15 * 60 / 5;
    private static final int RATES_PER_BACKEND_SAMPLE = 12;
    private static final int BACKEND_SAMPLES = 24 * 60;

    /** A day of so many backends takes 35 MB at most. */
    private static final int MOST_BACKENDS = 500;

    private final LiveSources sources;
    private final Rates rates = new Rates();
    private final Deque<ObjectNode> rateSamples = new ArrayDeque<>();
    private final Map<String, Deque<Sample>> backendSamples = new HashMap<>();
    private final CloseSignal closing = new CloseSignal();
    private int sampled;

    private record Sample(Instant at, long used, long orphan, long inFlight) {}

    public History(LiveSources sources) {
        this.sources = sources;
    }

    /** Begins to sample. */
    public void start() {
        Thread thread = new Thread(this::run, "history");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        do {
            try {
                sample(Instant.now());
            } catch (RuntimeException e) {
                LOG.debug("no sample was taken", e);
            }
        } while (!closing.closedWithin(RATE_INTERVAL));
    }

    synchronized void sample(Instant now) {
        ObjectNode rate = rates.next(sources.captures());
        rateSamples.add(rate);
        if (rateSamples.size() > RATES) {
            rateSamples.remove();
        }
        if (sampled % RATES_PER_BACKEND_SAMPLE == 0) {
            sources.tallies().ifPresent(tallies -> {
                tallies.backends().forEach((name, quota) -> add(now, name, quota));
                backendSamples.keySet().retainAll(tallies.backends().keySet());
            });
        }
        sampled++;
    }

    private void add(Instant now, String name, BackendQuota quota) {
        if (backendSamples.size() >= MOST_BACKENDS && !backendSamples.containsKey(name)) {
            return;
        }
        Deque<Sample> samples = backendSamples.computeIfAbsent(name, backend -> new ArrayDeque<>());
        samples.add(new Sample(now, quota.getBytesUsed(), quota.getOrphanBytes(), quota.getInflightBytes()));
        if (samples.size() > BACKEND_SAMPLES) {
            samples.remove();
        }
    }

    @Override
    public synchronized ObjectNode rates() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.putArray("items").addAll(rateSamples);
        return document;
    }

    @Override
    public ObjectNode backend(String name) {
        List<Sample> samples;
        synchronized (this) {
            samples = new ArrayList<>(backendSamples.getOrDefault(name, new ArrayDeque<>()));
        }
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("backend_name", name);
        ArrayNode items = document.putArray("items");
        for (Sample sample : samples) {
            items.addObject()
                    .put("at", sample.at().toString())
                    .put("bytes_used", sample.used())
                    .put("orphan_bytes", sample.orphan())
                    .put("inflight_bytes", sample.inFlight());
        }
        return document;
    }

    @Override
    public void close() {
        closing.close();
    }
}
