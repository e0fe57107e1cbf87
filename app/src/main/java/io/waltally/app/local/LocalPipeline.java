package io.waltally.app.local;

import io.waltally.app.command.CommandFailure;
import io.waltally.app.config.Configuration;
import io.waltally.app.run.RoleStatus;
import io.waltally.app.run.StreamsRole;
import io.waltally.app.run.Topics;
import io.waltally.app.tally.AsOf;
import io.waltally.app.tally.CommittedTallies;
import io.waltally.bench.CaptureBenchmarkTarget;
import io.waltally.bench.PipelineBenchmarkTarget;
import io.waltally.bench.Topologies;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.workload.DatabaseAddress;
import io.waltally.embedded.workload.SqlOracle;
import io.waltally.schemas.Lsn;
import io.waltally.schemas.Source;
import io.waltally.schemas.Topic;
import io.waltally.schemas.TopicCatalogue;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;

/** The pipeline over embedded servers, for its benchmark. */
record LocalPipeline(
        Infrastructure servers, Configuration configuration, TopicCatalogue catalogue, CaptureBenchmarkTarget capture)
        implements PipelineBenchmarkTarget {
    private static final Duration POLL = Duration.ofMillis(10);

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
        return new Running();
    }

    @Override
    public Path stateDirectory() {
        return configuration.streams().stateDirectory().orElseThrow();
    }

    private final class Running implements Topologies {
        private final StreamsRole role = new StreamsRole(configuration, catalogue);
        private final CommittedTallies tallies = new CommittedTallies(configuration.kafka(), catalogue);

        Running() {
            role.start();
        }

        @Override
        public Optional<Lsn> applied() {
            RoleStatus status = role.status();
            if (status.state().ended()) {
                throw new CommandFailure(
                        "the topologies have ended: " + status.reason().orElse("no reason given"));
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
                                PublishedTallies.read(configuration.kafka(), catalogue),
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
            role.close();
        }
    }
}
