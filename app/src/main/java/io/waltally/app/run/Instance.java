package io.waltally.app.run;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.deadletter.DeadLetterWatch;
import io.waltally.app.failure.Explanation;
import io.waltally.app.http.HttpApi;
import io.waltally.app.http.route.CaptureOperations;
import io.waltally.app.http.route.Readiness;
import io.waltally.app.http.route.SinkOperations;
import io.waltally.app.http.route.WebhookOperations;
import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.http.stream.EventStream;
import io.waltally.app.live.InMemoryHistory;
import io.waltally.app.live.LiveEvents;
import io.waltally.app.live.LiveSources;
import io.waltally.app.live.ReportedPositions;
import io.waltally.app.metrics.CaptureMetrics;
import io.waltally.app.metrics.DeadLetterMetrics;
import io.waltally.app.metrics.Metrics;
import io.waltally.app.metrics.SinkMetrics;
import io.waltally.app.metrics.TallyMetrics;
import io.waltally.app.metrics.WebhookMetrics;
import io.waltally.app.run.role.CaptureRole;
import io.waltally.app.run.role.Role;
import io.waltally.app.run.role.RoleName;
import io.waltally.app.run.role.RoleStatus;
import io.waltally.app.run.role.Roles;
import io.waltally.app.run.role.SinksRole;
import io.waltally.app.run.role.StartingRole;
import io.waltally.app.run.role.StreamsRole;
import io.waltally.app.run.role.WebhooksRole;
import io.waltally.app.run.state.StateDirectory;
import io.waltally.app.status.FollowedControlState;
import io.waltally.app.status.SinkReport;
import io.waltally.app.status.SourceStatus;
import io.waltally.app.status.StageStatus;
import io.waltally.app.status.StatusReader;
import io.waltally.app.status.StatusReport;
import io.waltally.app.tally.AsOf;
import io.waltally.connectors.capture.CaptureState;
import io.waltally.connectors.capture.CaptureStatus;
import io.waltally.connectors.capture.retention.RetainedWal;
import io.waltally.schemas.CloseSignal;
import io.waltally.schemas.Counted;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.deliver.EndpointStatus;
import io.waltally.webhooks.send.Endpoint;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An instance of the pipeline: its roles, and the HTTP API over them. */
public final class Instance implements CaptureOperations, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Instance.class);

    private static final Duration WATCH_INTERVAL = Duration.ofSeconds(5);

    /** A healthy capture advances every second, even on an idle database, and a stream thread polls as often. */
    private static final Duration MAX_STANDSTILL = Duration.ofSeconds(30);

    private static final Duration STOP = Duration.ofSeconds(9);

    /** A page that is loaded again, or a connection that is made again, finds the events in between. */
    private static final Duration EVENTS_LINGER = Duration.ofSeconds(30);

    private static final Duration READY_POLL = Duration.ofMillis(200);
    private static final double NANOS_PER_SECOND = 1e9;

    private final Configuration configuration;
    private final Set<RoleName> names;
    private final ExternalSystems systems;
    private final TopicCatalogue topics;
    private final DeadLetterWatch deadLetters;
    private final StatusReader statusReader;
    private final Metrics metrics;
    private final InMemoryHistory history;
    private final EventStream events;
    private final StopSignal stop;
    private final CloseSignal closing = new CloseSignal();
    private final long began = System.nanoTime();
    private Optional<HttpApi> http = Optional.empty();
    private volatile Optional<FollowedControlState> controls = Optional.empty();
    private volatile Roles roles = Roles.NONE;
    private volatile boolean started;

    private Instance(Configuration configuration, Set<RoleName> names, StopSignal stop) {
        this.configuration = configuration;
        this.names = EnumSet.copyOf(names);
        this.stop = stop;
        this.systems = ExternalSystems.of(configuration, names.contains(RoleName.CAPTURE));
        this.topics = configuration.catalogue();
        this.metrics = new Metrics(topics.notifications().name());
        this.deadLetters = new DeadLetterWatch(configuration.kafka(), topics);
        this.statusReader = new StatusReader(
                configuration, topics, () -> controls.flatMap(FollowedControlState::state), deadLetters::letters);
        LiveSources sources = new InstanceSources(this);
        this.history = new InMemoryHistory(sources);
        ReportedPositions reported = new ReportedPositions();
        this.events = new EventStream(() -> new LiveEvents(sources, configuration, topics, reported), EVENTS_LINGER);
    }

    /**
     * Starts the API, checks what can be checked, waits for Kafka and the registry, creates the topics, and starts the
     * roles.
     *
     * @return empty if the stop signal came before everything had started; then nothing runs
     * @throws io.waltally.schemas.topic.TopicContradictionException if existing topics differ from the configuration
     * @throws io.waltally.app.http.server.ListenException if the API cannot listen at its address
     * @throws io.waltally.app.config.reading.ConfigException if the state directory or the files of the API's TLS cannot be used
     * @throws StartException if Kafka or the registry refuses for too long, or has a limit below what is configured
     */
    public static Optional<Instance> start(Configuration configuration, Set<RoleName> roles, StopSignal stop) {
        HttpApi.check(configuration.http());
        Instance instance = new Instance(configuration, roles, stop);
        try {
            instance.startApi();
            instance.requireStateDirectory();
            if (!instance.systems.await(stop) || !instance.provision()) {
                return Optional.empty();
            }
            instance.requireLimits();
            if (!instance.createRoles()) {
                return Optional.empty();
            }
            instance.startRoles();
            instance.startThread("watch-systems", instance::watchSystems);
            instance.startThread("announce-ready", instance::announceReady);
            instance.started = true;
            return Optional.of(instance);
        } finally {
            if (!instance.started) {
                instance.close();
            }
        }
    }

    /** The default directory belongs to this user, whatever the cluster, so it is checked before Kafka is reachable. */
    private void requireStateDirectory() {
        if (names.contains(RoleName.STREAMS)) {
            StateDirectory.requireWritable(configuration.streams().stateDirectory("cluster"));
        }
    }

    private void requireLimits() {
        if (!names.contains(RoleName.CAPTURE)) {
            return;
        }
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            BrokerLimits.problem(configuration, BrokerLimits.read(admin)).ifPresent(problem -> {
                throw new StartException(problem);
            });
        }
    }

    private boolean provision() {
        while (!stop.requested()) {
            try {
                Set<String> created = Topics.create(configuration, topics);
                if (!created.isEmpty()) {
                    LOG.info("created {}", Counted.of(created.size(), "topic"));
                    LOG.debug("created {}", created);
                }
                return true;
            } catch (org.apache.kafka.common.errors.RetriableException e) {
                LOG.warn("topics cannot be created yet: {}", Explanation.server(e, configuration));
                if (!systems.await(stop)) {
                    return false;
                }
            }
        }
        return false;
    }

    /** Returns false if the stop signal came first: each role asks servers for what it needs, which takes time. */
    private boolean createRoles() {
        for (RoleName name : names) {
            if (stop.requested()) {
                return false;
            }
            roles = switch (name) {
                case CAPTURE ->
                    roles.with(configuration.sources().values().stream()
                            .map(source -> new CaptureRole(configuration, source, topics))
                            .toList());
                case STREAMS -> roles.with(new StreamsRole(configuration, topics, history));
                case WEBHOOKS -> roles.with(new WebhooksRole(configuration, topics));
                case SINKS -> roles.with(new SinksRole(configuration, topics));
            };
        }
        return !stop.requested();
    }

    private void startRoles() {
        roles.all().forEach(Role::start);
        metrics.add((MeterBinder) registry -> Gauge.builder(
                        "waltally.ready", this, it -> it.readiness().ready() ? 1 : 0)
                .description("1 if /readyz is 200.")
                .register(registry));
        metrics.add(new CaptureMetrics(
                () -> roles.captures().stream().map(CaptureRole::observation).toList(), Clock.systemUTC()));
        roles.streams().ifPresent(role -> {
            metrics.add(role.metrics());
            metrics.add(new TallyMetrics(configuration.sources().keySet(), role::published, role::tallies));
        });
        roles.webhooks().ifPresent(role -> metrics.add(new WebhookMetrics(role::endpoints, Clock.systemUTC())));
        roles.sinks().ifPresent(role -> metrics.add(new SinkMetrics(role::sinks)));
        deadLetters.start();
        controls = Optional.of(new FollowedControlState(configuration.kafka(), topics));
        history.start();
        metrics.add(new DeadLetterMetrics(deadLetters::letters, configuration, this::endpointNames));
    }

    /** The endpoints that this instance delivers to, or else those of the configuration. */
    private List<String> endpointNames() {
        return roles.webhooks()
                .map(role -> role.endpoints().stream().map(EndpointStatus::name))
                .orElseGet(() -> configuration.webhooks().endpoints().stream().map(Endpoint::name))
                .toList();
    }

    private void startApi() {
        http = Optional.of(new HttpApi(
                configuration.http(),
                this::readiness,
                this::status,
                metrics::scrape,
                ifAsked(RoleName.STREAMS, TallyQueries.class, () -> roles.streams()),
                new WalEndReader(configuration.sources()),
                this,
                ifAsked(RoleName.WEBHOOKS, WebhookOperations.class, () -> roles.webhooks()),
                ifAsked(RoleName.SINKS, SinkOperations.class, () -> roles.sinks()),
                new InstanceDeadLetters(configuration, topics, deadLetters),
                events,
                configuration.streams().pipeline().capacityThreshold(),
                history));
    }

    private <T> Optional<T> ifAsked(RoleName name, Class<T> type, Supplier<? extends Optional<? extends T>> role) {
        return names.contains(name)
                ? Optional.of(StartingRole.of(type, role, () -> String.join("; ", startingReasons())))
                : Optional.empty();
    }

    private List<String> startingReasons() {
        List<String> complaints = systems.complaints();
        return complaints.isEmpty() ? List.of("this instance is starting; try again") : complaints;
    }

    private void startThread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void watchSystems() {
        while (!closing.closedWithin(WATCH_INTERVAL)) {
            systems.check(stop);
        }
    }

    private void announceReady() {
        while (!closing.closedWithin(READY_POLL)) {
            if (readiness().ready()) {
                LOG.info(
                        "ready: {} at {}, {} s after the start",
                        names.stream().map(RoleName::id).collect(Collectors.joining(", ")),
                        configuration
                                .http()
                                .uri(new HostAndPort(configuration.http().host(), httpPort())),
                        String.format(Locale.ROOT, "%.1f", (System.nanoTime() - began) / NANOS_PER_SECOND));
                return;
            }
        }
    }

    public TopicCatalogue topics() {
        return topics;
    }

    Roles roles() {
        return roles;
    }

    DeadLetterWatch deadLetters() {
        return deadLetters;
    }

    public List<CaptureRole> captures() {
        return roles.captures();
    }

    /** The address of the HTTP API and its page, for this machine. */
    public URI uri() {
        return configuration
                .http()
                .uri(new HostAndPort(configuration.http().fromHere().host(), httpPort()));
    }

    /** The port of the HTTP API. */
    public int httpPort() {
        return http.orElseThrow().port();
    }

    /** The reason why this process has nothing left to do; empty while it has. */
    public Optional<String> ended() {
        List<CaptureRole> captures = roles.captures();
        Optional<CaptureStatus> fenced = captures.stream()
                .map(CaptureRole::captured)
                .filter(status -> status.state() == CaptureState.FENCED)
                .findFirst();
        if (fenced.isPresent()) {
            return fenced.get().reason();
        }
        if (!captures.isEmpty()
                && captures.stream()
                        .allMatch(capture -> capture.status().state().ended())) {
            return Optional.of("no source is captured any more: " + reasons(captures));
        }
        return roles.streams()
                .filter(role -> role.status().state().ended())
                .map(role -> "the topologies have ended: " + reasons(List.of(role)))
                .or(() -> roles.webhooks()
                        .filter(role -> role.status().state().ended())
                        .flatMap(role -> role.status().reason()))
                .or(() -> roles.sinks()
                        .filter(role -> role.status().state().ended())
                        .flatMap(role -> role.status().reason()));
    }

    private static String reasons(List<? extends Role> roles) {
        return roles.stream().flatMap(role -> role.status().reason().stream()).collect(Collectors.joining("; "));
    }

    Readiness readiness() {
        if (!started) {
            return Readiness.of(startingReasons());
        }
        List<String> reasons = new ArrayList<>(systems.complaints());
        for (Role role : roles.all()) {
            RoleStatus status = role.status();
            if (status.state() == RoleStatus.State.STARTING || status.state().ended()) {
                reasons.add(role.name() + " is " + status.state().id()
                        + status.reason().map(reason -> ": " + reason).orElse(""));
            }
        }
        for (CaptureRole capture : roles.captures()) {
            complain(capture, capture.standstill(Instant.now()), reasons);
        }
        roles.streams()
                .filter(role -> role.status().state() == RoleStatus.State.RUNNING)
                .ifPresent(role -> complain(role, role.standstill(), reasons));
        return Readiness.of(reasons);
    }

    private static void complain(Role role, Optional<Duration> standstill, List<String> reasons) {
        standstill
                .filter(duration -> duration.compareTo(MAX_STANDSTILL) > 0)
                .ifPresent(duration ->
                        reasons.add(role.name() + " has made no progress for " + duration.toSeconds() + " s"));
    }

    /** Whether every role has started, and no snapshot is running. */
    public boolean streaming() {
        return roles.all().stream()
                .map(role -> role.status().state())
                .allMatch(state -> state == RoleStatus.State.STREAMING || state == RoleStatus.State.RUNNING);
    }

    private static SourceStatus merged(SourceStatus seen, CaptureRole capture, RoleStatus status) {
        boolean failedElsewhere =
                status.state() == RoleStatus.State.WAITING && seen.state().equals(SourceStatus.FAILED);
        SourceStatus now = failedElsewhere
                ? seen
                : seen.with(
                        status.state().id(), status.reason(), capture.leads() ? capture.snapshots() : seen.snapshots());
        // Read last: a snapshot that has ended meanwhile is in one of them.
        return now.withEndedSnapshots(capture.completedSnapshots(), capture.failedSnapshots());
    }

    /** The status as seen by the servers; that of this process's own roles as they see it. */
    public StatusReport status() {
        StatusReport report = statusReader.read();
        Map<String, SourceStatus> sources = new LinkedHashMap<>(report.sources());
        for (CaptureRole capture : roles.captures()) {
            RoleStatus status = capture.status();
            sources.computeIfPresent(
                    capture.source().id(),
                    (id, seen) -> merged(seen, capture, status)
                            .withSecondsLeft(capture.retainedWal()
                                    .flatMap(RetainedWal::timeLeft)
                                    .map(Duration::toSeconds)));
        }
        Map<String, StageStatus> stages = new LinkedHashMap<>(report.stages());
        roles.streams()
                .ifPresent(role -> stages.computeIfPresent(
                        "streams",
                        (id, seen) -> seen.with(
                                role.status().state().id(), role.status().reason())));
        roles.webhooks()
                .ifPresent(role -> stages.computeIfPresent(
                        "webhooks",
                        (id, seen) -> seen.with(
                                role.status().state().id(),
                                role.status().reason().or(seen::reasonWhileRunning))));
        List<SinkReport> own = roles.sinks().map(SinksRole::sinks).orElse(List.of());
        return new StatusReport(report.kafkaClusterId(), sources, stages, report.sinks()).withSinks(own);
    }

    @Override
    public void resume(Source source, boolean newEpoch, boolean force) {
        CaptureRole capture = capture(source);
        CaptureState state = capture.captured().state();
        boolean healthy =
                state == CaptureState.STARTING || state == CaptureState.SNAPSHOT || state == CaptureState.STREAMING;
        if (newEpoch && healthy && !force) {
            throw new IllegalStateException("capture of " + source + " has not failed (it is "
                    + state.name().toLowerCase(Locale.ROOT) + "): a new epoch would drop its slot and read all tables"
                    + " again. If that is meant: waltally resume " + source + " --new-epoch --force");
        }
        capture.resume(newEpoch, force);
    }

    @Override
    public String snapshot(Source source, String table, List<String> from, List<String> to) {
        return capture(source).snapshot(table, from, to);
    }

    private CaptureRole capture(Source source) {
        if (!started) {
            throw new IllegalStateException(String.join("; ", startingReasons()));
        }
        return roles.captures().stream()
                .filter(role -> role.source() == source)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("this instance does not capture " + source
                        + " (role capture, and the source in its configuration); ask one that does"));
    }

    /** The captured position of a source in this process. */
    public Optional<Lsn> captured(Source source) {
        return roles.captures().stream()
                .filter(capture -> capture.source() == source)
                .findFirst()
                .flatMap(capture -> capture.captured().captured());
    }

    /** The position up to which everything of a source is in the topics of tallies and notifications. */
    public Optional<AsOf> published(Source source) {
        return roles.streams().flatMap(role -> role.published(source));
    }

    /**
     * Stops the API, then all roles concurrently, since they do not depend on each other. Takes up to 9 seconds, and
     * less if the stop signal came before, during the start.
     */
    @Override
    public void close() {
        if (closing.isClosed()) {
            return;
        }
        closing.close();
        long deadline = stop.deadline(STOP);
        http.ifPresent(HttpApi::close);
        history.close();
        metrics.close();
        List<Thread> closers = new ArrayList<>();
        roles.all().forEach(role -> closers.add(new Thread(role::close, "close " + role.name())));
        closers.add(new Thread(deadLetters::close, "close dead letters"));
        controls.ifPresent(followed -> closers.add(new Thread(followed::close, "close control topics")));
        closers.forEach(Thread::start);
        try {
            for (Thread closer : closers) {
                closer.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!roles.all().isEmpty()) {
            LOG.info("stopped");
        }
    }
}
