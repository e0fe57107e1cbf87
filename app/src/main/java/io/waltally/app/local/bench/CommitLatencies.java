package io.waltally.app.local.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.config.KafkaSettings;
import io.waltally.app.local.Latencies;
import io.waltally.app.local.LocalEndpoint;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.BackendListener;
import io.waltally.app.tally.BackgroundReading;
import io.waltally.app.tally.CommittedReader;
import io.waltally.app.tally.CommittedTallies;
import io.waltally.schemas.Change;
import io.waltally.schemas.ChangeHeaders;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.receive.ReceivedWebhook;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Measures how long after its commit a transaction is visible to a consumer and arrives at a webhook endpoint. */
final class CommitLatencies implements AutoCloseable {
    private static final long POLL_NANOS = 500_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Source source;
    private final LocalEndpoint endpoint = new LocalEndpoint("bench", this::receive);
    private final Map<String, Latencies> stages = new LinkedHashMap<>();

    /** Commits that are not known to be applied, by their LSN. */
    private final NavigableMap<Long, Instant> unapplied = new ConcurrentSkipListMap<>();

    private final CommitsInTallies backends = new CommitsInTallies(commit -> record("tally", commit));

    private @Nullable BackgroundReading reading;
    private @Nullable CommittedTallies tallies;
    private @Nullable Thread watch;
    private volatile Instant from = Instant.MAX;
    private volatile Instant to = Instant.MAX;
    private volatile boolean closed;

    CommitLatencies(Source source) {
        this.source = source;
        stages.put("row", new Latencies());
        stages.put("tally", new Latencies());
        stages.put("applied", new Latencies());
        if (source == Source.S3) {
            stages.put("notification", new Latencies());
            stages.put("webhook", new Latencies());
        }
    }

    /** Configuration that makes the pipeline deliver webhooks here. */
    Map<String, String> endpointConfiguration() {
        return endpoint.configuration();
    }

    /** Reads what the pipeline writes from now on. */
    void follow(KafkaSettings kafka, TopicCatalogue topics) {
        CommittedReader reader = new CommittedReader(kafka);
        switch (source) {
            case S3 ->
                reader.tail(topics.objectLocations(), (key, change, record) -> {
                            row(change, record);
                            if (change != null) {
                                ChangeHeaders.from(record.headers())
                                        .commitLsn()
                                        .ifPresent(
                                                lsn -> backends.row(key.getBackendName(), lsn, change.committedAt()));
                            }
                        })
                        .tail(topics.backendQuotas(), (key, value, record) -> {
                            if (value != null) {
                                backends.tally(
                                        key.getBackendName(),
                                        value.getLastChange().getLsn());
                            }
                        })
                        .tail(topics.notifications(), (key, event, record) -> record("notification", time(event)));
            case SYNC ->
                reader.tail(topics.bsos(), (key, change, record) -> row(change, record))
                        .tail(topics.userCollections(), (key, value, record) -> {
                            if (value != null) {
                                record("tally", value.getLastChange().getCommittedAt());
                            }
                        });
        }
        reading = new BackgroundReading("commit-latencies", reader);
        CommittedTallies committed = new CommittedTallies(kafka, topics, BackendListener.NONE);
        tallies = committed;
        Thread thread = new Thread(() -> watch(committed), "applied-latencies");
        thread.setDaemon(true);
        thread.start();
        watch = thread;
    }

    private void row(@Nullable Change<?> change, ConsumerRecord<?, ?> record) {
        if (change != null) {
            record("row", change.committedAt());
            ChangeHeaders.from(record.headers())
                    .commitLsn()
                    .ifPresent(lsn -> unapplied.put(lsn.value(), change.committedAt()));
        }
    }

    private void watch(CommittedTallies committed) {
        long applied = -1;
        while (!closed) {
            Optional<AsOf> asOf = source == Source.S3 ? committed.asOf() : committed.published(source);
            if (asOf.isPresent() && asOf.get().lsn().value() > applied) {
                applied = asOf.get().lsn().value();
                NavigableMap<Long, Instant> now = unapplied.headMap(applied, true);
                now.values().forEach(commit -> record("applied", commit));
                now.clear();
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private void receive(ReceivedWebhook received) {
        if (stages.containsKey("webhook")) {
            record("webhook", time(received.body().getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static Instant time(byte[] event) {
        try {
            return Instant.parse(JSON.readTree(event).path("time").asText());
        } catch (IOException e) {
            throw new UncheckedIOException("a notification is not JSON", e);
        }
    }

    private void record(String stage, Instant commit) {
        if (!commit.isBefore(from) && commit.isBefore(to)) {
            stages.get(stage).record(Duration.between(commit, Instant.now()).toMillis());
        }
    }

    /** Starts to count commits. */
    void begin(Instant instant) {
        from = instant;
    }

    /** Stops counting commits. */
    void end(Instant instant) {
        to = instant;
    }

    /** Whether every counted row has arrived in each stage. */
    boolean complete() {
        long rows = stages.get("row").count();
        return unapplied.isEmpty()
                && rows > 0
                && stages.values().stream().allMatch(latencies -> latencies.count() >= rows);
    }

    LatencyResult result(int rate, double reachedRate, Duration warmUp) {
        Map<String, LatencyResult.Quantiles> quantiles = new LinkedHashMap<>();
        stages.forEach((stage, latencies) -> quantiles.put(stage, LatencyResult.Quantiles.of(latencies)));
        return new LatencyResult(source.id(), rate, reachedRate, warmUp.toSeconds(), quantiles);
    }

    @Override
    public void close() {
        closed = true;
        if (watch != null) {
            try {
                watch.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (reading != null) {
            reading.close();
        }
        if (tallies != null) {
            tallies.close();
        }
        endpoint.close();
    }
}
