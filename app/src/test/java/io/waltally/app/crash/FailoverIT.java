package io.waltally.app.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.confluent.kafka.serializers.KafkaAvroDeserializer;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.schemas.Lsn;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Two processes that capture one source; the leader is killed repeatedly. */
@Tag("alone")
class FailoverIT {
    private static final Logger LOG = LoggerFactory.getLogger(FailoverIT.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String WAITS = "waits: another process captures";
    private static final Pattern API = Pattern.compile("HTTP API at (http://[0-9.:]+)");
    private static final int KILLS = Integer.getInteger("waltally.crash.rounds", 10);
    private static final int USERS = 8;
    private static final int PACE_MILLIS = 5;
    private static final Duration TAKE_OVER = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofSeconds(90);

    @TempDir
    private Path directory;

    private final List<CommandProcess> processes = new ArrayList<>();
    private final List<Integer> written = new ArrayList<>();
    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final HttpClient http = HttpClient.newHttpClient();
    private JsonNode servers;
    private Path configuration;

    @AfterEach
    void endProcesses() throws InterruptedException {
        for (CommandProcess process : processes) {
            process.kill();
        }
    }

    @Test
    void theFollowerTakesOverInTenSecondsAndNothingIsLostOrRepeated() throws Exception {
        // Given
        startServers();
        CommandProcess leader = start("run", "--roles", "capture", "-c", configuration.toString(), "--http-port", "0");
        leader.awaitError("ready: ");
        awaitCaptured(leader, walPosition());
        CompletableFuture<Void> writer = CompletableFuture.runAsync(this::write);
        CommandProcess follower = follow();
        // When
        List<Duration> took = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            long killed = System.nanoTime();
            leader.kill();
            awaitCaptured(follower, walPosition());
            took.add(Duration.ofNanos(System.nanoTime() - killed));
            leader = follower;
            follower = follow();
        }
        writing.set(false);
        writer.join();
        // Then
        LOG.info(
                "taken over within {} ms", took.stream().map(Duration::toMillis).toList());
        assertThat(took).allSatisfy(time -> assertThat(time).isLessThan(TAKE_OVER));
        Map<Long, List<Integer>> captured = captured(written());
        expected()
                .forEach((user, numbers) -> assertThat(captured.getOrDefault(user, List.of()))
                        .as(() -> "user " + user + ": " + difference(numbers, captured.getOrDefault(user, List.of())))
                        .matches(numbers::equals, "are the rows that were written, in their order"));
    }

    private static String difference(List<Integer> expected, List<Integer> captured) {
        List<Integer> missing = new ArrayList<>(expected);
        List<Integer> tooMany = new ArrayList<>();
        captured.forEach(number -> {
            if (!missing.remove(number)) {
                tooMany.add(number);
            }
        });
        return "missing " + missing + ", too many " + tooMany;
    }

    private void startServers() throws IOException, InterruptedException {
        servers = start("infra", "--pg-port", "0", "--kafka-port", "0", "--registry-port", "0")
                .awaitReady();
        configuration = Files.writeString(directory.resolve("waltally.yml"), """
                sources:
                  sync: {url: "%s"}
                kafka: {bootstrap.servers: "%s"}
                registry: {url: "%s"}
                """.formatted(
                        jdbcUrl(),
                        servers.path("kafka").asText(),
                        servers.path("registry").asText()));
        CommandProcess migrate = start("migrate", "-c", configuration.toString());
        assertThat(migrate.exitCode()).as(migrate.errors()).isZero();
    }

    private String jdbcUrl() {
        return "jdbc:postgresql://" + servers.at("/postgres/host").asText() + ":"
                + servers.at("/postgres/port").asText() + "/syncstorage";
    }

    private CommandProcess follow() throws IOException, InterruptedException {
        CommandProcess follower =
                start("run", "--roles", "capture", "-c", configuration.toString(), "--http-port", "0");
        return follower.awaitError(WAITS).awaitError("ready: ");
    }

    private Lsn walPosition() throws SQLException {
        try (Connection connection = DriverManager.getConnection(jdbcUrl(), "postgres", "");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }

    /** Waits until the topics have what committed before that position, as the process says. */
    private void awaitCaptured(CommandProcess process, Lsn position) throws IOException, InterruptedException {
        Matcher api = API.matcher(process.errors());
        assertThat(api.find()).as(process.errors()).isTrue();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(api.group(1) + "/api/status")).build();
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (true) {
            JsonNode captured = JSON.readTree(answer(process, request)).at("/sources/sync/captured_lsn");
            if (captured.isTextual() && Lsn.parse(captured.asText()).compareTo(position) >= 0) {
                return;
            }
            assertThat(System.nanoTime())
                    .as("%s instead of %s in %s", captured, position, process.errors())
                    .isLessThan(deadline);
        }
    }

    private String answer(CommandProcess process, HttpRequest request) throws IOException, InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (ConnectException e) {
            throw new AssertionError(
                    "no answer from " + request.uri() + (process.isAlive() ? "" : ", which has ended") + ": "
                            + process.errors(),
                    e);
        }
    }

    /** One row per transaction, numbered, the users in turn. */
    private void write() {
        try (Connection connection = DriverManager.getConnection(jdbcUrl(), "postgres", "");
                PreparedStatement user =
                        connection.prepareStatement("INSERT INTO user_collections VALUES (?, 1, now())");
                PreparedStatement row =
                        connection.prepareStatement("INSERT INTO bsos VALUES (?, 1, ?, ?, 'payload', now(), now())")) {
            for (int i = 0; i < USERS; i++) {
                user.setLong(1, i);
                user.execute();
            }
            for (int number = 0; writing.get(); number++) {
                row.setLong(1, number % USERS);
                row.setString(2, "row-" + number);
                row.setInt(3, number);
                row.execute();
                synchronized (written) {
                    written.add(number);
                }
                TimeUnit.MILLISECONDS.sleep(PACE_MILLIS);
            }
        } catch (SQLException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private int written() {
        synchronized (written) {
            return written.size();
        }
    }

    /** Per user the numbers of its rows. */
    private Map<Long, List<Integer>> expected() {
        Map<Long, List<Integer>> expected = new HashMap<>();
        for (int number : written) {
            expected.computeIfAbsent((long) (number % USERS), user -> new ArrayList<>())
                    .add(number);
        }
        return expected;
    }

    /** Per user the numbers in the topic in its order: all of them once the last one is there, and what else is there. */
    private Map<Long, List<Integer>> captured(int rows) {
        Map<Long, List<Integer>> captured = new HashMap<>();
        try (Consumer<GenericRecord, GenericRecord> consumer = new KafkaConsumer<>(Map.of(
                "bootstrap.servers",
                servers.path("kafka").asText(),
                "schema.registry.url",
                servers.path("registry").asText(),
                "key.deserializer",
                KafkaAvroDeserializer.class,
                "value.deserializer",
                KafkaAvroDeserializer.class,
                "isolation.level",
                "read_committed"))) {
            List<TopicPartition> partitions = consumer.partitionsFor("sync.public.bsos").stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long deadline = System.nanoTime() + TIMEOUT.toNanos();
            int seen = 0;
            while (seen < rows
                    || partitions.stream()
                            .anyMatch(partition -> consumer.position(partition)
                                    < consumer.endOffsets(partitions).get(partition))) {
                assertThat(System.nanoTime()).as("%d of %d rows", seen, rows).isLessThan(deadline);
                for (ConsumerRecord<GenericRecord, GenericRecord> record : consumer.poll(Duration.ofMillis(100))) {
                    captured.computeIfAbsent((Long) record.key().get("user_id"), user -> new ArrayList<>())
                            .add((Integer) ((GenericRecord) record.value().get("after")).get("sortindex"));
                    seen++;
                }
            }
        }
        return captured;
    }

    private CommandProcess start(String... arguments) throws IOException {
        CommandProcess process = CommandProcess.start(directory, arguments);
        processes.add(process);
        return process;
    }
}
