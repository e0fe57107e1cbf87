package io.waltally.app.run.role;

import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HttpSettings;
import io.waltally.app.config.value.HostAndPort;
import io.waltally.app.http.route.tally.TallyQueries;
import io.waltally.app.metrics.TallyMetrics;
import io.waltally.app.run.state.LocalState;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.BackendListener;
import io.waltally.app.tally.CommittedTallies;
import io.waltally.pipeline.Pipeline;
import io.waltally.pipeline.RecordsLostException;
import io.waltally.pipeline.topic.RoutedPartitioner;
import io.waltally.pipeline.view.ListedUser;
import io.waltally.pipeline.view.UserIndexes;
import io.waltally.pipeline.view.UserSelection;
import io.waltally.pipeline.view.UserTallies;
import io.waltally.pipeline.view.UserTotals;
import io.waltally.schemas.CloseSignal;
import io.waltally.schemas.OutputStage;
import io.waltally.schemas.Source;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserStorage;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.schemas.topic.TopicStorage;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.HostInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The role that runs the topologies, and its queries. Replaces stream threads after retriable errors; any other error
 * ends the role.
 */
public final class StreamsRole implements Role, TallyQueries {
    private static final Logger LOG = LoggerFactory.getLogger(StreamsRole.class);

    private static final Duration PAUSE_BEFORE_REPLACING = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(8);
    private static final Duration WATCH_INTERVAL = Duration.ofSeconds(5);

    /** The client id of a stream thread's consumer, not that which restores state. */
    private static final Pattern MAIN_CONSUMER = Pattern.compile("-StreamThread-[0-9]+-consumer$");

    private final Map<String, Object> client;
    private final KafkaStreams streams;
    private final UserIndexes userIndexes;
    private final TopicCatalogue topics;
    private final HttpSettings http;
    private final CommittedTallies committed;
    private final LocalState state;
    private final CloseSignal closing = new CloseSignal();
    private volatile Optional<String> failure = Optional.empty();

    /** @param backendListener see {@link CommittedTallies} */
    public StreamsRole(Configuration configuration, TopicCatalogue topics, BackendListener backendListener) {
        Pipeline pipeline = new Pipeline(configuration.streams().pipeline(), topics);
        client = Map.copyOf(configuration.kafka().properties());
        Map<String, Object> properties = new HashMap<>(client);
        state = LocalState.prepare(configuration, topics, pipeline);
        properties.putAll(configuration.streams().properties());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.directory().toString());
        properties.put(
                StreamsConfig.NUM_STREAM_THREADS_CONFIG, configuration.streams().threads());
        // With a static member id an instance that restarts takes over its own partitions without waiting for a session
        // to expire.
        properties.put(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
                state.id() + "-" + pipeline.fingerprint());
        properties.putAll(internalTopics(configuration.topics().storage()));
        http = configuration.http();
        Optional<HostAndPort> api = http.forOthers();
        api.ifPresentOrElse(
                address -> properties.put(StreamsConfig.APPLICATION_SERVER_CONFIG, address.toString()),
                () -> LOG.info(
                        "http.advertised is not set: other instances cannot forward requests for users to this one"));
        streams = pipeline.streams(properties, state.topics());
        userIndexes = pipeline.userIndexes();
        streams.setUncaughtExceptionHandler(this::handle);
        this.topics = topics;
        committed = new CommittedTallies(configuration.kafka(), topics, backendListener);
    }

    /** The settings of Kafka Streams by which its internal topics are stored as all others are. */
    static Map<String, Object> internalTopics(TopicStorage storage) {
        Map<String, Object> properties = new HashMap<>();
        storage.replicationFactor()
                .ifPresent(factor -> properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, factor));
        storage.minInsyncReplicas()
                .ifPresent(replicas -> properties.put(
                        StreamsConfig.topicPrefix(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG),
                        Integer.toString(replicas)));
        return properties;
    }

    @Override
    public String name() {
        return "streams";
    }

    @Override
    public void start() {
        streams.start();
        Thread watch = new Thread(this::watch, "watch-local-state");
        watch.setDaemon(true);
        watch.start();
    }

    /** Metrics of the topologies and their clients. */
    public KafkaStreamsMetrics metrics() {
        return new KafkaStreamsMetrics(streams);
    }

    /**
     * Checks that everything the state is made from still exists. Acts on the second failure in a row, because a
     * starting broker may give a wrong answer.
     */
    private void watch() {
        try (Admin admin = Admin.create(client)) {
            boolean lostBefore = false;
            do {
                Optional<String> lost = committed.failure().or(() -> lost(admin));
                if (lost.isPresent() && lostBefore) {
                    failPermanently(lost.get(), Optional.empty());
                    stop();
                    return;
                }
                lostBefore = lost.isPresent();
            } while (!closing.closedWithin(WATCH_INTERVAL));
        }
    }

    private Optional<String> lost(Admin admin) {
        try {
            return state.update(admin);
        } catch (RuntimeException e) {
            LOG.debug("cannot check whether the topics that the state depends on still exist", e);
            return Optional.empty();
        }
    }

    /** Ends the role for good, because data that the state was made from was lost. */
    private void failPermanently(String reason, Optional<Throwable> error) {
        state.invalidate();
        fail(reason + ". Restart this instance: the error at its start says what to do", error);
    }

    private void fail(String reason, Optional<Throwable> error) {
        LOG.error("streams stop: {}", reason, error.orElse(null));
        failure = Optional.of(reason);
    }

    private StreamThreadExceptionResponse handle(Throwable error) {
        String reason = reason(error);
        if (isLoss(error)) {
            failPermanently(reason, Optional.of(error));
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        if (closing.isClosed() || !isRetriable(error)) {
            fail(reason, Optional.of(error));
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        LOG.warn("replacing a stream thread after a retriable error: {}", reason);
        LOG.debug("cause", error);
        try {
            Thread.sleep(PAUSE_BEFORE_REPLACING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    private static boolean isLoss(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            // The second exception comes from the reader of watermarks.
            if (cause instanceof RecordsLostException || cause instanceof OffsetOutOfRangeException) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether an error is temporary: a broker or registry that does not answer, not a bad record or a defect, which
     * would fail again.
     */
    static boolean isRetriable(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException || cause instanceof RetriableException) {
                return true;
            }
        }
        return false;
    }

    /** The innermost message, with what to do where that does not say it. */
    static String reason(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof MissingSourceTopicException) {
            return "topics that the topologies read are not in Kafka any more: they were deleted, or another cluster answers at"
                    + " kafka.bootstrap.servers. Restart this instance: if its state does not fit the cluster, its start says"
                    + " what to do";
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /** For how long the slowest stream thread has not asked for records, as reported by its consumer. */
    public Optional<Duration> standstill() {
        return standstill(streams.metrics().values());
    }

    static Optional<Duration> standstill(Collection<? extends Metric> metrics) {
        return metrics.stream()
                .filter(metric -> metric.metricName().name().equals("last-poll-seconds-ago")
                        && MAIN_CONSUMER
                                .matcher(metric.metricName().tags().getOrDefault("client-id", ""))
                                .find())
                .map(metric -> ((Number) metric.metricValue()).longValue())
                .max(Comparator.naturalOrder())
                .map(Duration::ofSeconds);
    }

    @Override
    public RoleStatus status() {
        return failure.map(RoleStatus::failed).orElseGet(() -> RoleStatus.of(state()));
    }

    private RoleStatus.State state() {
        return switch (streams.state()) {
            case CREATED, REBALANCING -> RoleStatus.State.STARTING;
            case RUNNING -> committed.caughtUp() ? RoleStatus.State.RUNNING : RoleStatus.State.STARTING;
            case PENDING_SHUTDOWN, NOT_RUNNING -> RoleStatus.State.STOPPED;
            case PENDING_ERROR, ERROR -> RoleStatus.State.FAILED;
        };
    }

    @Override
    public Optional<AsOf> asOf() {
        return backendAndBucketTallies().asOf();
    }

    @Override
    public Optional<AsOf> asOf(long userId) {
        return read(() -> asOfPartition(partition(userId).partition()));
    }

    @Override
    public Optional<AsOf> asOf(Set<Integer> userPartitions) {
        return read(() -> {
            Optional<AsOf> least = Optional.empty();
            for (int partition : userPartitions) {
                Optional<AsOf> asOf = asOfPartition(partition);
                if (asOf.isEmpty()) {
                    return asOf;
                }
                least = least.isPresent() && least.get().compareTo(asOf.get()) <= 0 ? least : asOf;
            }
            return least;
        });
    }

    private Optional<AsOf> asOfPartition(int partition) {
        UserTallies users = users(partition);
        return committed.asOf(OutputStage.COLLECTIONS, partition, (asked, last) -> users.reached(last));
    }

    @Override
    public NavigableMap<String, BackendQuota> backends() {
        return backendAndBucketTallies().backends();
    }

    @Override
    public NavigableMap<String, BackendUsage> usage(String backend) {
        return backendAndBucketTallies().usage(backend);
    }

    @Override
    public NavigableMap<String, BucketUsage> buckets() {
        return backendAndBucketTallies().buckets();
    }

    /** For metrics; empty while they are being read. */
    public Optional<TallyMetrics.Tallies> tallies() {
        return committed.caughtUp()
                ? Optional.of(new TallyMetrics.Tallies(
                        committed.backends(), lastUsage(), committed.buckets().values(), userIndexes.totals()))
                : Optional.empty();
    }

    private Map<String, TallyMetrics.MonthlyUsage> lastUsage() {
        Map<String, TallyMetrics.MonthlyUsage> usage = new HashMap<>();
        committed
                .lastUsage()
                .forEach((backend, month) ->
                        usage.put(backend, new TallyMetrics.MonthlyUsage(month.getKey(), month.getValue())));
        return usage;
    }

    private CommittedTallies backendAndBucketTallies() {
        if (!committed.caughtUp()) {
            throw new TalliesUnavailableException(
                    "the tallies of backends and buckets are still being read; try again");
        }
        return committed;
    }

    /** See {@link CommittedTallies#onBucketChange}. */
    public void onBucketChange(Consumer<String> listener) {
        committed.onBucketChange(listener);
    }

    @Override
    public NavigableMap<Integer, UserCollection> collections(long userId) {
        return read(() -> talliesOf(userId).collections(userId));
    }

    @Override
    public Optional<UserStorage> storage(long userId) {
        return read(() -> talliesOf(userId).storage(userId));
    }

    @Override
    public List<ListedUser> users(Set<Integer> partitions, UserSelection selection, int limit) {
        return read(() -> partitions.stream()
                .flatMap(partition -> users(partition).list(selection, limit).stream())
                .toList());
    }

    @Override
    public UserTotals userTotals(Set<Integer> partitions) {
        return read(() -> partitions.stream()
                .map(partition -> users(partition).totals())
                .reduce(UserTotals.NONE, UserTotals::plus));
    }

    private UserTallies talliesOf(long userId) {
        return users(partition(userId).partition());
    }

    private UserTallies users(int partition) {
        return UserTallies.of(topics, streams, userIndexes, partition);
    }

    /** The position up to which everything of a source is in the topics of tallies and notifications. */
    public Optional<AsOf> published(Source source) {
        return committed.published(source);
    }

    @Override
    public Optional<URI> elsewhere(long userId) {
        return read(() -> {
            TopicPartition partition = partition(userId);
            return isHere(partition) ? Optional.empty() : Optional.of(owner(partition));
        });
    }

    @Override
    public Map<Optional<URI>, Set<Integer>> userPartitions() {
        return read(() -> {
            Map<Optional<URI>, Set<Integer>> owners = new HashMap<>();
            Topic<?, ?> users = topics.userCollections();
            for (int i = 0; i < users.partitions(); i++) {
                TopicPartition partition = new TopicPartition(users.name(), i);
                owners.computeIfAbsent(
                                isHere(partition) ? Optional.empty() : Optional.of(owner(partition)),
                                owner -> new TreeSet<>())
                        .add(i);
            }
            return owners;
        });
    }

    private boolean isHere(TopicPartition partition) {
        return streams.metadataForLocalThreads().stream()
                .flatMap(thread -> thread.activeTasks().stream())
                .anyMatch(task -> task.topicPartitions().contains(partition));
    }

    private URI owner(TopicPartition partition) {
        return streams.metadataForAllStreamsClients().stream()
                .filter(client -> client.topicPartitions().contains(partition))
                .map(StreamsMetadata::hostInfo)
                .filter(host -> !host.equals(HostInfo.unavailable()))
                .map(host -> http.uri(new HostAndPort(host.host(), host.port())))
                .findFirst()
                .orElseThrow(() -> new TalliesUnavailableException(
                        "no instance that says where its API is (http.advertised) has partition " + partition
                                + " at the moment; try again"));
    }

    private TopicPartition partition(long userId) {
        Topic<UserCollectionKey, UserCollection> userCollections = topics.userCollections();
        int partition = new RoutedPartitioner<UserCollectionKey, UserCollection>(userCollections.routing())
                .partitions(
                        userCollections.name(), new UserCollectionKey(userId, 0), null, userCollections.partitions())
                .orElseThrow()
                .iterator()
                .next();
        return new TopicPartition(userCollections.name(), partition);
    }

    private static <T> T read(Supplier<T> query) {
        try {
            return query.get();
        } catch (InvalidStateStoreException | IllegalStateException e) {
            throw new TalliesUnavailableException(
                    "the topologies are starting, or are taking over from another instance; try again");
        }
    }

    @Override
    public void close() {
        if (closing.isClosed()) {
            return;
        }
        closing.close();
        committed.close();
        if (!stop()) {
            LOG.warn("streams did not stop within {} s", STOP.toSeconds());
        } else {
            markStopped();
        }
    }

    /**
     * Leaves the group: otherwise the remaining members, its own return, and an operator who has to delete the group
     * would wait for the session to expire.
     *
     * @return whether it has stopped in time
     */
    private boolean stop() {
        return streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(STOP));
    }

    private void markStopped() {
        try (Admin admin = Admin.create(client)) {
            Optional<String> lost = state.update(admin);
            if (lost.isPresent()) {
                LOG.warn("the next start will not use the local state: {}", lost.get());
                state.invalidate();
            } else if (failure.isEmpty()) {
                state.markStopped();
            }
        } catch (RuntimeException e) {
            LOG.warn("cannot mark the local state as complete, so the next start rebuilds it: {}", reason(e));
        }
    }
}
