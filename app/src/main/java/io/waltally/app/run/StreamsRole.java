package io.waltally.app.run;

import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HostAndPort;
import io.waltally.app.http.TallyQueries;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.CommittedTallies;
import io.waltally.pipeline.Pipeline;
import io.waltally.pipeline.topic.RoutedPartitioner;
import io.waltally.pipeline.view.UserTallies;
import io.waltally.schemas.Source;
import io.waltally.schemas.Stage;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import io.waltally.schemas.agg.BackendQuota;
import io.waltally.schemas.agg.BackendUsage;
import io.waltally.schemas.agg.BucketUsage;
import io.waltally.schemas.agg.UserCollection;
import io.waltally.schemas.agg.UserCollectionKey;
import io.waltally.schemas.agg.UserStorage;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.StreamsMetadata;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.HostInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topologies' threads, and what they have tallied. A thread that dies of what may pass is replaced; any other failure
 * ends the role.
 */
public final class StreamsRole implements Role, TallyQueries {
    private static final Logger LOG = LoggerFactory.getLogger(StreamsRole.class);

    private static final Duration PAUSE_BEFORE_REPLACING = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(8);

    private final KafkaStreams streams;
    private final TopicCatalogue topics;
    private final CommittedTallies committed;
    private volatile Optional<String> failure = Optional.empty();
    private volatile boolean closed;

    public StreamsRole(Configuration configuration, TopicCatalogue topics) {
        Pipeline pipeline = new Pipeline(configuration.streams().pipeline(), topics);
        Map<String, Object> client = new HashMap<>(configuration.kafka().properties());
        LocalState state = LocalState.prepare(configuration, topics);
        client.put(StreamsConfig.STATE_DIR_CONFIG, state.directory().toString());
        client.put(
                StreamsConfig.NUM_STREAM_THREADS_CONFIG, configuration.streams().threads());
        Optional<HostAndPort> api = configuration.http().forOthers();
        api.ifPresentOrElse(
                address -> client.put(StreamsConfig.APPLICATION_SERVER_CONFIG, address.toString()),
                () -> LOG.info(
                        "other instances cannot ask this one for its users: http.advertised does not say where"));
        streams = new KafkaStreams(pipeline.topology(), pipeline.properties(client));
        streams.setUncaughtExceptionHandler(this::judge);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
                record(state);
            }
        });
        this.topics = topics;
        committed = new CommittedTallies(configuration.kafka(), topics);
    }

    @Override
    public String name() {
        return "streams";
    }

    @Override
    public void start() {
        streams.start();
    }

    /** Of the topologies' threads and of the clients that they use. */
    public KafkaStreamsMetrics metrics() {
        return new KafkaStreamsMetrics(streams);
    }

    /** Beside the stream threads, which are not to wait for the cluster. */
    private static void record(LocalState state) {
        Thread recording = new Thread(
                () -> {
                    try {
                        state.record();
                    } catch (RuntimeException e) {
                        LOG.warn("cannot record which topics the local state was made from: {}", innermost(e));
                    }
                },
                "record-local-state");
        recording.setDaemon(true);
        recording.start();
    }

    private StreamThreadExceptionResponse judge(Throwable error) {
        String reason = innermost(error);
        if (closed || !mayPass(error)) {
            LOG.error("streams stop: {}", reason, error);
            failure = Optional.of(reason);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        LOG.warn("a stream thread met \"{}\" and is replaced", reason);
        LOG.debug("cause", error);
        try {
            Thread.sleep(PAUSE_BEFORE_REPLACING.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    /** A broker or registry that does not answer; not a record or a program that is wrong, which would fail again. */
    static boolean mayPass(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException || cause instanceof RetriableException) {
                return true;
            }
        }
        return false;
    }

    private static String innermost(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
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
        return fewTallies().asOf();
    }

    @Override
    public Optional<AsOf> asOf(long userId) {
        int partition = partition(userId).partition();
        UserTallies users = UserTallies.of(topics, streams, partition);
        return read(() -> committed.asOf(Stage.COLLECTIONS, partition, (asked, last) -> users.reached(last)));
    }

    @Override
    public NavigableMap<String, BackendQuota> backends() {
        return fewTallies().backends();
    }

    @Override
    public NavigableMap<String, BackendUsage> usage(String backend) {
        return fewTallies().usage(backend);
    }

    @Override
    public NavigableMap<String, BucketUsage> buckets() {
        return fewTallies().buckets();
    }

    private CommittedTallies fewTallies() {
        if (!committed.caughtUp()) {
            throw new NotNow("the tallies of backends and buckets are still being read; try again");
        }
        return committed;
    }

    @Override
    public NavigableMap<Integer, UserCollection> collections(long userId) {
        return read(() -> talliesOf(userId).collections(userId));
    }

    @Override
    public Optional<UserStorage> storage(long userId) {
        return read(() -> talliesOf(userId).storage(userId));
    }

    private UserTallies talliesOf(long userId) {
        return UserTallies.of(topics, streams, partition(userId).partition());
    }

    /** Up to where everything of a source is in the topics of tallies and notifications. */
    public Optional<AsOf> published(Source source) {
        return committed.published(source);
    }

    @Override
    public Optional<URI> elsewhere(long userId) {
        return read(() -> {
            TopicPartition partition = partition(userId);
            boolean here = streams.metadataForLocalThreads().stream()
                    .flatMap(thread -> thread.activeTasks().stream())
                    .anyMatch(task -> task.topicPartitions().contains(partition));
            return here ? Optional.empty() : Optional.of(owner(partition));
        });
    }

    private URI owner(TopicPartition partition) {
        return streams.metadataForAllStreamsClients().stream()
                .filter(client -> client.topicPartitions().contains(partition))
                .map(StreamsMetadata::hostInfo)
                .filter(host -> !host.equals(HostInfo.unavailable()))
                .map(host -> new HostAndPort(host.host(), host.port()).uri())
                .findFirst()
                .orElseThrow(() -> new NotNow("no instance that says where its API is (http.advertised) has partition "
                        + partition + " at the moment; try again"));
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
            throw new NotNow("the topologies are starting, or are taking over from another instance; try again");
        }
    }

    @Override
    public void close() {
        closed = true;
        committed.close();
        // Who leaves the group is not waited for by those who stay, nor by itself when it comes back.
        if (!streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(STOP))) {
            LOG.warn("streams did not stop within {} s", STOP.toSeconds());
        }
    }
}
