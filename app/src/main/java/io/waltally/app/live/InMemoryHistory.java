package io.waltally.app.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.waltally.app.http.route.HistoryQueries;
import io.waltally.app.tally.BackendListener;
import io.waltally.schemas.CloseSignal;
import io.waltally.schemas.agg.BackendQuota;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In-memory history: rates of the last 15 minutes, sampled by this process, and storage of backends of the last day,
 * which starts with the tallies that their topic still has. Thread-safe.
 */
public final class InMemoryHistory implements HistoryQueries, BackendListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InMemoryHistory.class);

    private static final Duration RATE_INTERVAL = Duration.ofSeconds(5);
    private static final int RATES = 15 * 60 / 5;
    private static final int RATES_PER_BACKEND_SAMPLE = 12;

    private final LiveSources sources;
    private final Rates rates = new Rates();
    private final Deque<ObjectNode> rateSamples = new ArrayDeque<>();
    private final BackendSamples backends = new BackendSamples();
    private final CloseSignal closing = new CloseSignal();

    /** The number of samples of rates before the next one of backends. */
    private int untilBackends;

    public InMemoryHistory(LiveSources sources) {
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
        if (untilBackends > 0) {
            untilBackends--;
            return;
        }
        sources.tallies().ifPresent(tallies -> {
            backends.sample(now, tallies.backends());
            untilBackends = RATES_PER_BACKEND_SAMPLE - 1;
        });
    }

    @Override
    public synchronized void accept(String backend, Optional<BackendQuota> tally, Instant time) {
        backends.read(backend, tally, time);
    }

    @Override
    public synchronized ObjectNode rates() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.putArray("items").addAll(rateSamples);
        return document;
    }

    @Override
    public ObjectNode backend(String name) {
        List<BackendSamples.Sample> samples;
        synchronized (this) {
            samples = backends.samples(name);
        }
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("backend_name", name);
        ArrayNode items = document.putArray("items");
        for (BackendSamples.Sample sample : samples) {
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
