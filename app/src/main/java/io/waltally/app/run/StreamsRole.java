package io.waltally.app.run;

import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.waltally.app.config.Configuration;
import io.waltally.app.config.HostAndPort;
import io.waltally.app.http.TallyQueries;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.CommittedTallies;
import io.waltally.pipeline.Pipeline;
import io.waltally.pipeline.RecordsLostException;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
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
    private static final Duration WATCH_INTERVAL = Duration.ofSeconds(5);

    private final Map<String, Object> client;
    private final KafkaStreams streams;
    private final TopicCatalogue topics;
    private final CommittedTallies committed;
    private final LocalState state;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Optional<String> failure = Optional.empty();

    public StreamsRole(Configuration configuration, TopicCatalogue topics) {
        Pipeline pipeline = new Pipeline(configuration.streams().pipeline(), topics);
        client = Map.copyOf(configuration.kafka().properties());
        Map<String, Object> properties = new HashMap<>(client);
        state = LocalState.prepare(configuration, topics, pipeline.internalTopics());
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.directory().toString());
        properties.put(
                StreamsConfig.NUM_STREAM_THREADS_CONFIG, configuration.streams().threads());
        // Who comes back after a crash takes its partitions over from itself, and waits for no session to expire.
        properties.put(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG),
                state.id() + "-" + pipeline.fingerprint());
        Optional<HostAndPort> api = configuration.http().forOthers();
        api.ifPresentOrElse(
                address -> properties.put(StreamsConfig.APPLICATION_SERVER_CONFIG, address.toString()),
                () -> LOG.info(
                        "other instances cannot ask this one for its users: http.advertised does not say where"));
        streams = pipeline.streams(properties);
        streams.setUncaughtExceptionHandler(this::judge);
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
        Thread watch = new Thread(this::watch, "watch-local-state");
        watch.setDaemon(true);
        watch.start();
    }

    /** Of the topologies' threads and of the clients that they use. */
    public KafkaStreamsMetrics metrics() {
        return new KafkaStreamsMetrics(streams);
    }

    /** Until what state is made from is not there any more: seen twice, so that no broker that just starts is believed. */
    private void watch() {
        try (Admin admin = Admin.create(client)) {
            boolean lostBefore = false;
            do {
                Optional<String> lost = committed.failure().or(() -> lost(admin));
                if (lost.isPresent() && lostBefore) {
                    failForGood(lost.get(), Optional.empty());
                    streams.close(STOP);
                    return;
                }
                lostBefore = lost.isPresent();
            } while (!closedWithin(WATCH_INTERVAL));
        }
    }

    private Optional<String> lost(Admin admin) {
        try {
            return state.update(admin);
        } catch (RuntimeException e) {
            LOG.debug("cannot tell whether all that state is made from is there", e);
            return Optional.empty();
        }
    }

    private boolean closedWithin(Duration time) {
        try {
            return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** What state was made from is not there any more. */
    private void failForGood(String reason, Optional<Throwable> error) {
        state.distrust();
        fail(reason + ". The next start says how to go on", error);
    }

    private boolean closed() {
        return closing.getCount() == 0;
    }

    private void fail(String reason, Optional<Throwable> error) {
        LOG.error("streams stop: {}", reason, error.orElse(null));
        failure = Optional.of(reason);
    }

    private StreamThreadExceptionResponse judge(Throwable error) {
        String reason = innermost(error);
        if (tellsOfLoss(error)) {
            failForGood(reason, Optional.of(error));
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        if (closed() || !mayPass(error)) {
            fail(reason, Optional.of(error));
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

    private static boolean tellsOfLoss(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            // The second is what the reader of watermarks throws.
            if (cause instanceof RecordsLostException || cause instanceof OffsetOutOfRangeException) {
                return true;
            }
        }
        return false;
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
        if (closed()) {
            return;
        }
        closing.countDown();
        committed.close();
        // Who leaves the group is not waited for by those who stay, nor by itself when it comes back.
        if (!streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP)
                .withTimeout(STOP))) {
            LOG.warn("streams did not stop within {} s", STOP.toSeconds());
        } else {
            seal();
        }
    }

    private void seal() {
        try (Admin admin = Admin.create(client)) {
            Optional<String> lost = state.update(admin);
            if (lost.isPresent()) {
                LOG.warn("the next start does not use the local state: {}", lost.get());
                state.distrust();
            } else if (failure.isEmpty()) {
                state.seal();
            }
        } catch (RuntimeException e) {
            LOG.warn("cannot mark the local state as left in order: {}", innermost(e));
        }
    }
}
