package io.waltally.app.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.local.LocalServers;
import io.waltally.app.local.compare.ComparedNotifications;
import io.waltally.app.local.compare.Comparison;
import io.waltally.app.local.compare.PublishedTallies;
import io.waltally.app.run.Migrations;
import io.waltally.embedded.Infrastructure;
import io.waltally.embedded.PostgresAddress;
import io.waltally.embedded.process.Ports;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.workload.Workload;
import io.waltally.workload.WorkloadOptions;
import io.waltally.workload.oracle.SqlOracle;
import io.waltally.workload.session.DatabaseAddress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two processes share the topologies while both applications write; each is killed, stopped and started again at
 * random. {@code -Dwaltally.crash.rounds} is the number of rounds, {@code -Dwaltally.crash.seed} repeats a plan.
 */
class InstanceCrashIT {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceCrashIT.class);
    private static final Duration TIMEOUT = Duration.ofMinutes(4);
    private static final double TRANSACTIONS_PER_SECOND = 25;
    private static final long SAMPLES_BETWEEN = 3;
    private static final int LINES_OF_A_FAILURE = 40;

    private static Infrastructure servers;

    @TempDir
    private Path directory;

    private final long seed = Long.getLong("waltally.crash.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final AtomicBoolean sampling = new AtomicBoolean(true);
    private final List<CommandProcess> processes = new ArrayList<>();

    @BeforeAll
    static void startServers() {
        servers = Infrastructure.forTests();
    }

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (CommandProcess process : processes) {
            process.kill();
        }
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @Test
    void talliesAreExactWhileInstancesAreKilledAndStartedAgain() throws Exception {
        LOG.info("seed {}", seed);
        // Given
        Member first = new Member("first");
        Member second = new Member("second");
        Configuration configuration = Configuration.load(Optional.of(first.file), Map.of());
        configuration.sources().values().forEach(Migrations::migrate);
        CommandProcess capture = start("run", "--roles", "capture", "-c", first.file.toString(), "--http-port", "0");
        first.start();
        second.start();
        // What is written before is in the snapshot, and causes no notification.
        capture.awaitError("ready: ");
        first.process.awaitError("ready: ");

        DatabaseAddress s3 = address(PostgresAddress.S3_DATABASE);
        DatabaseAddress sync = address(PostgresAddress.SYNC_DATABASE);
        TopicCatalogue topics = configuration.catalogue();
        WorkloadOptions options = WorkloadOptions.of(s3, sync, seed).withRate(TRANSACTIONS_PER_SECOND);
        try (Workload workload = Workload.prepare(options);
                ReadYourWritesProbe probe = new ReadYourWritesProbe(s3.url(), sync.url(), new Random(seed));
                CommittedSequences committed = new CommittedSequences(configuration.kafka(), topics)) {
            workload.start();
            CompletableFuture<Void> samples = CompletableFuture.runAsync(() -> sample(probe, first, second));
            // When
            for (Disturbance disturbance : plan(first, second)) {
                // In the middle of what the one before left behind, or once all of it is fixed.
                long records = committed.records() + random.nextInt(200);
                long answers = probe.answered() + random.nextInt(2) * SAMPLES_BETWEEN;
                await(committed, probe, samples, () -> committed.records() >= records && probe.answered() >= answers);
                disturbance.happen();
            }
            long answers = probe.answered() + SAMPLES_BETWEEN;
            await(committed, probe, samples, () -> probe.answered() >= answers);
            sampling.set(false);
            samples.join();
            workload.stop();
            // Then
            LOG.info("{} answers, {} records", probe.answered(), committed.records());
            Map<String, Long> notifications =
                    ComparedNotifications.expected(workload.statistics(), new SqlOracle(s3).s3Tallies(), Map.of());
            notifications.merge("s3:ObjectCreated:Put", probe.answered(), Long::sum);
            awaitEqual(configuration, topics, notifications, s3, sync);
            committed.readToEnd();
            assertThat(committed.breaches()).isEmpty();
            // The other instance may have done all the work while one was starting.
            first.process.awaitError("ready: ");
            second.process.awaitError("ready: ");
            assertThat(members(configuration))
                    .as("each thread came back as the member that it was")
                    .hasSize(2 * configuration.streams().threads())
                    .doesNotContain(Optional.empty())
                    .doesNotHaveDuplicates();
            // None before the first, if the collection's own row was read before it.
            assertThat(committed.countsOf(ReadYourWritesProbe.COLLECTION))
                    .filteredOn(count -> count > 0)
                    .isEqualTo(
                            LongStream.rangeClosed(1, probe.answered()).boxed().toList());
        }
    }

    /** Each instance is killed once per round and stopped once, and once both are killed together. */
    private List<Disturbance> plan(Member first, Member second) {
        List<Disturbance> plan = new ArrayList<>();
        for (int round = Integer.getInteger("waltally.crash.rounds", 1); round > 0; round--) {
            for (Member member : List.of(first, second)) {
                plan.add(() -> member.interrupt("killed", member.process::kill));
            }
        }
        for (Member member : List.of(first, second)) {
            plan.add(() -> member.interrupt("stopped", member.process::stop));
        }
        plan.add(() -> first.interrupt("killed with the other one", () -> {
            first.process.kill();
            second.interrupt("killed", second.process::kill);
        }));
        Collections.shuffle(plan, random);
        return plan;
    }

    private void sample(ReadYourWritesProbe probe, Member first, Member second) {
        try {
            while (sampling.get()) {
                probe.sample(first.api(), second.api());
            }
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + failures(), e);
        } catch (SQLException | IOException | InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    /** What the processes logged of requests that failed, with their causes. */
    private String failures() {
        return processes.stream()
                .map(CommandProcess::errors)
                .map(log -> log.lines()
                        .dropWhile(line -> !line.contains(" ERROR ProblemResponses"))
                        .limit(LINES_OF_A_FAILURE)
                        .collect(Collectors.joining("\n")))
                .collect(Collectors.joining("\n"));
    }

    private String logs() {
        return processes.stream()
                .map(process -> process.errors() + (process.isAlive() ? "(running)" : "(ended)"))
                .collect(Collectors.joining("\n\n"));
    }

    /** Reads what is committed until the condition holds. */
    private void await(
            CommittedSequences committed,
            ReadYourWritesProbe probe,
            CompletableFuture<Void> samples,
            BooleanSupplier condition) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.getAsBoolean()) {
            if (samples.isCompletedExceptionally()) {
                samples.join();
            }
            assertThat(System.nanoTime())
                    .as("%d records, %d answers, last %s", committed.records(), probe.answered(), probe.lastResponse())
                    .isLessThan(deadline);
            committed.poll(Duration.ofMillis(100));
        }
    }

    /** Until what is published is what SQL says: then nothing is under way any more, and it stays so. */
    private void awaitEqual(
            Configuration configuration,
            TopicCatalogue topics,
            Map<String, Long> notifications,
            DatabaseAddress s3,
            DatabaseAddress sync)
            throws SQLException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        List<String> differences;
        do {
            PublishedTallies published = PublishedTallies.read(configuration.kafka(), topics);
            Comparison comparison = Comparison.of(
                    published, new SqlOracle(s3).s3Tallies(), new SqlOracle(sync).syncTallies(Instant.now()));
            comparison.compareNotifications(
                    ComparedNotifications.derived(published.notificationsByType()), notifications);
            differences = comparison.differences();
        } while (!differences.isEmpty() && System.nanoTime() < deadline);
        assertThat(differences).as(this::logs).isEmpty();
    }

    private static List<Optional<String>> members(Configuration configuration)
            throws ExecutionException, InterruptedException {
        String group = configuration.streams().pipeline().applicationId();
        try (Admin admin = Admin.create(Map.copyOf(configuration.kafka().properties()))) {
            return admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().stream()
                    .map(MemberDescription::groupInstanceId)
                    .toList();
        }
    }

    private CommandProcess start(String... arguments) throws IOException {
        CommandProcess process = CommandProcess.start(directory, arguments);
        processes.add(process);
        return process;
    }

    private static DatabaseAddress address(String database) {
        return DatabaseAddress.trusted(
                servers.jdbcUrl(database), servers.postgres().user());
    }

    private interface Disturbance {
        void happen() throws Exception;
    }

    /** An instance that runs the topologies, with an address and a state directory of its own that outlive its processes. */
    private final class Member {
        private final String name;
        private final int port = Ports.anyFree();
        private final Path file;
        private CommandProcess process;

        Member(String name) throws IOException {
            this.name = name;
            Map<String, String> values = new LinkedHashMap<>(LocalServers.configuration(servers));
            values.put("http.port", Integer.toString(port));
            values.put("streams.state-directory", directory.resolve(name).toString());
            values.put("streams.object-copies-grace", "1s");
            file = Files.writeString(
                    directory.resolve(name + ".yml"),
                    values.entrySet().stream()
                            .map(value -> "\"" + value.getKey() + "\": \"" + value.getValue() + "\"\n")
                            .collect(Collectors.joining()));
        }

        void start() throws IOException {
            process = InstanceCrashIT.this.start("run", "--roles", "streams", "-c", file.toString());
        }

        /** Ends the process in that way, and starts another one. It may be ended again before it is ready. */
        void interrupt(String how, Disturbance end) throws Exception {
            LOG.info("{} is {}", name, how);
            end.happen();
            start();
            // Before that a signal ends the JVM, and not the command.
            process.awaitError("HTTP API at");
        }

        URI api() {
            return URI.create("http://127.0.0.1:" + port);
        }
    }
}
