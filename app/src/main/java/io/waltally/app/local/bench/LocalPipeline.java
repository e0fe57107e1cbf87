package io.waltally.app.local.bench;

import io.waltally.app.command.common.CommandFailure;
import io.waltally.app.config.Configuration;
import io.waltally.app.local.LocalServers;
import io.waltally.app.local.OwnServers;
import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.PublishedTallies;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.RoleStatus;
import io.waltally.app.run.role.StreamsRole;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.BackendListener;
import io.waltally.app.tally.CommittedTallies;
import io.waltally.bench.capture.CaptureBenchmarkTarget;
import io.waltally.bench.pipeline.PipelineBenchmarkTarget;
import io.waltally.bench.pipeline.Topologies;
import io.waltally.embedded.Infrastructure;
import io.waltally.pipeline.Pipeline;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;

/** The pipeline on embedded servers, as a target of benchmarks. */
final class LocalPipeline implements PipelineBenchmarkTarget {
    private static final Duration POLL = Duration.ofMillis(10);

    private final Infrastructure servers;
    private final Map<String, String> values;
    private final OwnServers configured;
    private final Configuration configuration;
    private final TopicCatalogue catalogue;
    private final CaptureBenchmarkTarget capture;
    private final AtomicInteger started = new AtomicInteger();

    /**
     * @param values of the configuration, by dotted key
     * @param configuration these values, with the command's options
     */
    LocalPipeline(
            Infrastructure servers,
            Map<String, String> values,
            OwnServers configured,
            Configuration configuration,
            TopicCatalogue catalogue,
            CaptureBenchmarkTarget capture) {
        this.servers = servers;
        this.values = Map.copyOf(values);
        this.configured = configured;
        this.configuration = configuration;
        this.catalogue = catalogue;
        this.capture = capture;
    }

    @Override
    public CaptureBenchmarkTarget capture() {
        return capture;
    }

    @Override
    public void emptyTopics() {
        Set<String> names =
                Topics.of(configuration, catalogue).stream().map(Topic::name).collect(Collectors.toSet());
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            admin.deleteTopics(names).all().get();
            while (!Collections.disjoint(admin.listTopics().names().get(), names)) {
                LockSupport.parkNanos(POLL.toNanos());
            }
        } catch (ExecutionException e) {
            throw new CommandFailure("the topics cannot be removed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Topics.create(configuration, catalogue);
    }

    @Override
    public Topologies startTopologies() {
        return startTopologies(configuration.streams().threads(), 1);
    }

    @Override
    public Topologies startTopologies(int threads, int instances) {
        // A new id per run: Kafka keeps offsets and members of an application after its last instance has stopped.
        String applicationId = configuration.streams().pipeline().applicationId() + "-" + started.incrementAndGet();
        return new Running(IntStream.range(0, instances)
                .mapToObj(instance ->
                        new StreamsRole(instance(applicationId, threads, instance), catalogue, BackendListener.NONE))
                .toList());
    }

    private Configuration instance(String applicationId, int threads, int number) {
        Map<String, String> ofInstance = new HashMap<>(values);
        ofInstance.put("streams.application-id", applicationId);
        ofInstance.put("streams.threads", Integer.toString(threads));
        ofInstance.put(
                "streams.state-directory",
                stateDirectory()
                        .resolve(applicationId)
                        .resolve(Integer.toString(number))
                        .toString());
        return configured.with(ofInstance);
    }

    @Override
    public Set<String> sharedStores() {
        return Pipeline.sharedStores();
    }

    @Override
    public Path stateDirectory() {
        return configuration.streams().stateDirectory().orElseThrow();
    }

    private final class Running implements Topologies {
        private final List<StreamsRole> instances;
        private final CommittedTallies tallies =
                new CommittedTallies(configuration.kafka(), catalogue, BackendListener.NONE);

        Running(List<StreamsRole> instances) {
            this.instances = instances;
            instances.forEach(StreamsRole::start);
        }

        @Override
        public Optional<Lsn> applied() {
            for (StreamsRole instance : instances) {
                RoleStatus status = instance.status();
                if (status.state().ended()) {
                    throw new CommandFailure(
                            "the topologies have ended: " + status.reason().orElse("no reason given"));
                }
            }
            Optional<AsOf> asOf = switch (capture.capture().source()) {
                case S3 -> tallies.asOf();
                case SYNC -> tallies.published(Source.SYNC);
            };
            return asOf.map(AsOf::lsn);
        }

        @Override
        public List<String> differences() {
            try {
                return Comparison.of(
                                PublishedTallies.readTallies(configuration.kafka(), catalogue),
                                oracle(Source.S3).s3TalliesWithinGrace(),
                                oracle(Source.SYNC).syncTallies(Instant.now()))
                        .differences();
            } catch (SQLException e) {
                throw new CommandFailure("the tallies cannot be compared with SQL: " + e.getMessage(), e);
            }
        }

        private SqlOracle oracle(Source source) {
            return new SqlOracle(DatabaseAddress.trusted(
                    servers.jdbcUrl(LocalServers.database(source)),
                    servers.postgres().user()));
        }

        @Override
        public void close() {
            tallies.close();
            instances.forEach(StreamsRole::close);
        }
    }
}
