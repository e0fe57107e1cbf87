package io.waltally.app.run.role;

import io.waltally.app.config.Configuration;
import io.waltally.app.config.ConfiguredSink;
import io.waltally.app.http.route.SinkOperations;
import io.waltally.app.status.SinkReport;
import io.waltally.app.tally.PublishedPositions;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.sinks.control.SinkControlWriter;
import io.waltally.sinks.control.SinkControls;
import io.waltally.sinks.engine.Sink;
import io.waltally.sinks.engine.SinkDeadLetters;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus;
import io.waltally.sinks.target.CompletePosition;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The role that writes topics to the configured sinks. */
public final class SinksRole implements Role, SinkOperations {
    private static final Logger LOG = LoggerFactory.getLogger(SinksRole.class);

    private final Map<String, SinkRunner> runners = new LinkedHashMap<>();
    private final Map<String, Source> sources = new LinkedHashMap<>();
    private final SinkControlWriter requests;
    private final Optional<Shared> shared;

    /** The parts that all sinks of this process share. */
    private record Shared(PublishedPositions published, SinkControls controls, SinkDeadLetters deadLetters) {}

    public SinksRole(Configuration configuration, TopicCatalogue topics) {
        Map<String, Object> client = Map.copyOf(configuration.kafka().properties());
        List<ConfiguredSink> configured = configuration.sinks().active();
        requests = new SinkControlWriter(topics, client);
        shared = configured.isEmpty()
                ? Optional.empty()
                : Optional.of(new Shared(
                        new PublishedPositions(configuration.kafka(), topics),
                        new SinkControls(topics, client),
                        new SinkDeadLetters(topics, client)));
        for (ConfiguredSink each : configured) {
            Sink sink =
                    new SinkFactory(configuration, topics, shared.orElseThrow().published()).sink(each);
            sources.put(sink.name(), sink.source());
            runners.put(
                    sink.name(),
                    new SinkRunner(
                            sink,
                            configuration.sinkGroupPrefix(),
                            topics,
                            client,
                            shared.orElseThrow().controls(),
                            shared.orElseThrow().deadLetters()));
        }
    }

    @Override
    public String name() {
        return "sinks";
    }

    @Override
    public void start() {
        LOG.info("sinks: {}", runners.isEmpty() ? "no sink is configured" : runners.keySet());
        shared.ifPresent(all -> all.controls().start());
        runners.values().forEach(SinkRunner::start);
    }

    @Override
    public List<SinkReport> sinks() {
        return runners.values().stream().map(this::report).toList();
    }

    private SinkReport report(SinkRunner runner) {
        SinkStatus status = runner.status();
        Optional<CompletePosition> captured =
                shared.flatMap(all -> all.published().captured(sources.get(status.name())));
        return new SinkReport(status, lagBytes(status.completeTo(), captured));
    }

    private static Optional<Long> lagBytes(Optional<CompletePosition> target, Optional<CompletePosition> captured) {
        return captured.flatMap(all -> target.filter(known -> known.epoch() == all.epoch())
                .map(known -> Math.max(0, all.lsn().minus(known.lsn()))));
    }

    @Override
    public void pause(String sink) {
        requests.pause(sink);
        LOG.info("pausing sink {} on request", sink);
    }

    @Override
    public void resume(String sink, boolean reset) {
        requests.resume(sink, reset);
        LOG.info("requested: sink {} {}", sink, reset ? "resets and reads its topics from the beginning" : "resumes");
    }

    /** A failing sink does not affect the state of the role. */
    @Override
    public RoleStatus status() {
        String stopped = runners.values().stream()
                .map(SinkRunner::status)
                .filter(sink -> sink.state() == SinkStatus.State.STOPPED)
                .map(SinkStatus::name)
                .collect(Collectors.joining(", "));
        return stopped.isEmpty()
                ? RoleStatus.of(RoleStatus.State.RUNNING)
                : RoleStatus.failed("the threads of these sinks have ended: " + stopped);
    }

    @Override
    public void close() {
        runners.values().forEach(SinkRunner::stop);
        List<Thread> closers = runners.entrySet().stream()
                .map(runner -> new Thread(runner.getValue()::close, "close sink " + runner.getKey()))
                .toList();
        closers.forEach(Thread::start);
        shared.ifPresent(all -> {
            all.controls().close();
            all.published().close();
        });
        try {
            for (Thread closer : closers) {
                closer.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        shared.ifPresent(all -> all.deadLetters().close());
    }
}
