package io.waltally.app.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.CommandProcesses;
import io.waltally.app.fixture.Installation;
import io.waltally.app.fixture.Wait;
import io.waltally.app.local.LocalEndpoint;
import io.waltally.app.local.LocalServers;
import io.waltally.app.local.compare.ComparedNotifications;
import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.PublishedTallies;
import io.waltally.app.local.compare.SinkTables;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.PostgresServer;
import io.waltally.embedded.ServerOptions;
import io.waltally.embedded.process.Ports;
import io.waltally.webhooks.receive.ReceivedWebhook;
import io.waltally.workload.Workload;
import io.waltally.workload.WorkloadOptions;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of docs/operations.md#upgrading with two instances, while both applications write. {@code
 * -Dwaltally.upgrade.from=DIR} is an installation of the version before, as its archive unpacks; by default it is this one.
 */
@Tag("runbook")
class RollingUpgradeIT {
    private static final Logger LOG = LoggerFactory.getLogger(RollingUpgradeIT.class);
    private static final Duration TIMEOUT = Duration.ofMinutes(4);
    private static final double TRANSACTIONS_PER_SECOND = 25;
    private static final long TRANSACTIONS_BETWEEN = 100;
    private static final int OK = 200;
    private static final List<String> REPLICATED = List.of("object_locations", "backend_usage");

    /** Without class archives, whose writing would take longer than the upgrade. */
    private static final String JAVA_OPTIONS = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx768m -Xshare:off";

    private static Infrastructure servers;
    private static PostgresServer replicas;

    @RegisterExtension
    private final CommandProcesses commands = new CommandProcesses();

    private final long seed = Long.getLong("waltally.seed", System.nanoTime());
    private final Map<String, String> delivered = new ConcurrentHashMap<>();
    private final List<CommandProcess> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void startServers() {
        servers = Infrastructure.forTests();
        replicas = PostgresServer.start(ServerOptions.ephemeral());
    }

    @AfterAll
    static void stopServers() {
        replicas.close();
        servers.close();
    }

    @Test
    void nothingIsLostOrCountedTwice() throws Exception {
        Path present = Installation.unpacked();
        Path former = Optional.ofNullable(System.getProperty("waltally.upgrade.from"))
                .map(Path::of)
                .orElse(present);
        LOG.info("from {} to {}, seed {}", former, present, seed);
        try (LocalEndpoint endpoint = new LocalEndpoint("receiver", this::receive)) {
            // Given
            List<Member> members = List.of(
                    new Member("first", endpoint.configuration()), new Member("second", endpoint.configuration()));
            migrate(former, members.get(0));
            for (Member member : members) {
                member.start(former);
            }
            for (Member member : members) {
                member.awaitReady();
            }
            WorkloadOptions options = WorkloadOptions.of(s3(), sync(), seed).withRate(TRANSACTIONS_PER_SECOND);
            try (Workload workload = Workload.prepare(options)) {
                workload.start();
                awaitTransactions(workload);
                // When
                migrate(present, members.get(0));
                for (Member member : members) {
                    member.process.stop();
                    awaitTransactions(workload);
                    member.start(present);
                    member.awaitReady();
                    awaitTransactions(workload);
                }
                workload.stop();
                // Then
                awaitEqual(members.get(0).configuration(), workload);
            }
            for (Member member : members) {
                member.process.stop();
            }
        }
    }

    private void receive(ReceivedWebhook received) {
        delivered.put(
                received.id(),
                PublishedTallies.Event.of(received.body().getBytes(StandardCharsets.UTF_8))
                        .type());
    }

    private void migrate(Path installation, Member member) throws Exception {
        CommandProcess migrate = start(installation, "migrate", "-c", member.file.toString());
        assertThat(migrate.exitCode()).as(migrate.errors()).isZero();
        LOG.info("migrate of {}: {}", installation, migrate.output());
    }

    private CommandProcess start(Path installation, String... arguments) throws IOException {
        CommandProcess process =
                commands.startInstalled(installation, Map.of("WALTALLY_JAVA_OPTS", JAVA_OPTIONS), arguments);
        processes.add(process);
        return process;
    }

    private static void awaitTransactions(Workload workload) {
        long committed = workload.statistics().committed() + TRANSACTIONS_BETWEEN;
        Wait.until(TIMEOUT, workload::statistics, () -> workload.statistics().committed() >= committed);
    }

    private void awaitEqual(Configuration configuration, Workload workload) {
        Wait.until(
                TIMEOUT,
                () -> differences(configuration, workload) + "\n" + logs(),
                () -> differences(configuration, workload).isEmpty());
        LOG.info(
                "{} transactions, {} notifications delivered",
                workload.statistics().committed(),
                delivered.size());
    }

    private List<String> differences(Configuration configuration, Workload workload) {
        try {
            PublishedTallies published = PublishedTallies.read(configuration.kafka(), configuration.catalogue());
            SqlOracle s3 = new SqlOracle(s3());
            SqlOracle sync = new SqlOracle(sync());
            Comparison comparison = Comparison.of(published, s3.s3Tallies(), sync.syncTallies(Instant.now()));
            comparison.compareNotifications(
                    ComparedNotifications.derived(published.notificationsByType()),
                    ComparedNotifications.expected(workload.statistics(), s3.s3Tallies(), Map.of()));
            comparison.compareDeliveries(Map.copyOf(delivered), published.notifications());
            comparison.compareShadows(
                    SinkTables.quotas(s3()),
                    SinkTables.collections(sync()),
                    s3.s3Tallies(),
                    sync.syncTallies(Instant.now()));
            comparison.compareReplicas(
                    SinkTables.digests(s3(), replica(), "s3", REPLICATED),
                    SinkTables.digests(s3(), s3(), "public", REPLICATED));
            return comparison.differences();
        } catch (SQLException e) {
            return List.of(e.toString());
        }
    }

    private String logs() {
        return processes.stream()
                .map(process -> process.errors() + (process.isAlive() ? "(running)" : "(ended)"))
                .collect(Collectors.joining("\n\n"));
    }

    private static DatabaseAddress s3() {
        return address(PostgresAddress.S3_DATABASE);
    }

    private static DatabaseAddress sync() {
        return address(PostgresAddress.SYNC_DATABASE);
    }

    private static DatabaseAddress address(String database) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(database), servers.postgres().user());
    }

    private static DatabaseAddress replica() {
        return DatabaseAddress.trusted(replicas.address().jdbcUrl(PostgresAddress.S3_DATABASE), PostgresServer.USER);
    }

    /** An instance with an address and a state directory of its own that outlive its processes. */
    private final class Member {
        private final int port = Ports.anyFree();
        private final Path file;
        private CommandProcess process;

        Member(String name, Map<String, String> endpoint) throws IOException {
            Map<String, String> values = new LinkedHashMap<>(LocalServers.configuration(servers));
            values.put("http.port", Integer.toString(port));
            values.put(
                    "streams.state-directory",
                    commands.directory().resolve(name).toString());
            values.put("streams.object-copies-grace", "1s");
            values.put("sources.s3.sink.user", "waltally_sink");
            values.put("sources.sync.sink.user", "waltally_sink");
            values.put("sinks[0].name", "quotas");
            values.put("sinks[0].type", "backend-quotas");
            values.put("sinks[0].mode", "shadow");
            values.put("sinks[1].name", "collections");
            values.put("sinks[1].type", "user-collections");
            values.put("sinks[1].mode", "shadow");
            values.put("sinks[2].name", "replica");
            values.put("sinks[2].type", "postgres");
            values.put("sinks[2].source", "s3");
            values.put("sinks[2].schema", "s3");
            values.put("sinks[2].tables", String.join(", ", REPLICATED));
            values.put("sinks[2].url", replica().url());
            values.put("sinks[2].user", replica().user());
            values.putAll(endpoint);
            file = Files.writeString(
                    commands.directory().resolve(name + ".yml"),
                    values.entrySet().stream()
                            .map(value -> "\"" + value.getKey() + "\": \"" + value.getValue() + "\"\n")
                            .collect(Collectors.joining()));
        }

        Configuration configuration() {
            return Configuration.load(Optional.of(file), Map.of());
        }

        void start(Path installation) throws IOException {
            process = RollingUpgradeIT.this.start(installation, "run", "-c", file.toString());
        }

        void awaitReady() {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz"))
                    .build();
            Wait.until(TIMEOUT, process::errors, () -> {
                assertThat(process.isAlive()).as(process.errors()).isTrue();
                return statusOf(request) == OK;
            });
        }

        private int statusOf(HttpRequest request) throws InterruptedException {
            try {
                return http.send(request, BodyHandlers.discarding()).statusCode();
            } catch (IOException e) {
                return 0; // It does not listen yet.
            }
        }
    }
}
