package io.waltally.app.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.waltally.app.command.WaltallyCommand;
import io.waltally.app.command.deadletter.DlqCommand;
import io.waltally.app.command.webhook.WebhooksCommand;
import io.waltally.app.config.Configuration;
import io.waltally.app.fixture.CommandProcess;
import io.waltally.app.fixture.FewPartitions;
import io.waltally.app.fixture.InstanceApi;
import io.waltally.app.fixture.Wait;
import io.waltally.app.run.Instance;
import io.waltally.app.run.Migrations;
import io.waltally.app.run.StopSignal;
import io.waltally.app.run.Topics;
import io.waltally.app.run.role.RoleName;
import io.waltally.app.run.role.WebhooksRole;
import io.waltally.app.status.StatusReader;
import io.waltally.app.webhook.HostileReceiver.Arrival;
import io.waltally.app.webhook.HostileReceiver.Mood;
import io.waltally.embedded.Infrastructure;
import io.waltally.schemas.topic.TopicCatalogue;
import io.waltally.webhooks.schedule.DeliveryProgress;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Delivers on real servers to endpoints that fail, refuse or answer slowly. {@code -Dwaltally.crash.rounds} is how often a delivering process
 * is killed, {@code -Dwaltally.crash.seed} repeats a plan.
 */
class WebhooksIT {
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(WebhooksIT.class);
    private static final Duration TIMEOUT = Duration.ofMinutes(4);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] KEY = "a key of more than 24 bytes".getBytes(StandardCharsets.UTF_8);
    private static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(KEY);
    private static final String OLD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String APPLICATION_SECRET = "as s3-orchestrator has it";
    private static final String SEALING_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private static final String NEW_SEALING_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    private static final int SUBJECTS = 30;

    private static Infrastructure servers;
    private static int tests;

    @TempDir
    private Path directory;

    private final long seed = Long.getLong("waltally.crash.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<CommandProcess> processes = new ArrayList<>();
    private int made;

    @BeforeAll
    static void startServers() {
        servers = Infrastructure.forTests();
        Configuration.from(FewPartitions.configuration(servers))
                .sources()
                .values()
                .forEach(Migrations::migrate);
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

    /** Each test is a deployment of its own, but for the outbox, which it reads from its present end. */
    private void configure() {
        values.putAll(FewPartitions.configuration(servers));
        values.put("http.port", "0");
        values.put("streams.application-id", "test" + tests++);
        // The shortest that brokers allow: so long nobody has the partitions after a crash.
        values.put("kafka.session.timeout.ms", "6000");
        Topics.create(configuration(), topics());
    }

    private void endpoint(String name, String url, String... more) {
        String key = "webhooks.endpoints["
                + values.keySet().stream()
                        .filter(known -> known.endsWith("].url"))
                        .count() + "].";
        values.put(key + "url", url);
        values.put(key + "name", name);
        values.put(key + "secrets", SECRET + "," + OLD_SECRET);
        values.put(key + "allow-http", "true");
        values.put(key + "allow-private", "true");
        values.put(key + "begin", "latest");
        for (int i = 0; i < more.length; i += 2) {
            values.put(key + more[i], more[i + 1]);
        }
    }

    private Configuration configuration() {
        return Configuration.from(values);
    }

    private TopicCatalogue topics() {
        return configuration().catalogue();
    }

    private CommandProcess startProcess() throws Exception {
        Path file = Files.writeString(
                directory.resolve("waltally.yml"),
                values.entrySet().stream()
                        .map(value -> "\"" + value.getKey() + "\": \"" + value.getValue() + "\"\n")
                        .collect(Collectors.joining()));
        CommandProcess process = CommandProcess.start(directory, "run", "--roles", "webhooks", "-c", file.toString());
        processes.add(process);
        return process.awaitError("ready: ");
    }

    private Instance startInstance() {
        return Instance.start(configuration(), EnumSet.of(RoleName.WEBHOOKS), new StopSignal())
                .orElseThrow();
    }

    @Test
    void everyEventArrivesInOrderDespiteFailingEndpointsAndCrashes() throws Exception {
        LOG.info("seed {}", seed);
        try (HostileReceiver receiver = new HostileReceiver(this::moodOf)) {
            // Given
            configure();
            for (String path : List.of("/hostile", "/kind", "/batches")) {
                endpoint(
                        path.substring(1),
                        receiver.url(path),
                        "batch-size",
                        path.equals("/batches") ? "20" : "1",
                        "batch-linger",
                        "100ms",
                        "timeout",
                        "1s",
                        "retry-delay",
                        "50ms",
                        "max-retry-delay",
                        "500ms",
                        "max-attempts",
                        "100",
                        "application-secret",
                        APPLICATION_SECRET);
            }
            startProcess();
            startProcess();
            awaitAssigned("hostile", "kind", "batches");
            // When
            List<Event> events = events(1_200);
            CompletableFuture<Void> production = CompletableFuture.runAsync(() -> produce(events));
            for (Disturbance disturbance : plan(receiver, events.size())) {
                int arrivals = receiver.arrivals("/hostile").size() + random.nextInt(400);
                await(
                        receiver,
                        () -> receiver.arrivals("/hostile").size() >= arrivals
                                || receiver.taken("/hostile") == events.size());
                disturbance.happen();
            }
            production.join();
            await(
                    receiver,
                    () -> receiver.taken("/hostile") == events.size()
                            && receiver.taken("/kind") == events.size()
                            && receiver.taken("/batches") == events.size());
            for (CommandProcess process : processes) {
                process.stop();
            }
            // Then
            assertThat(receiver.arrivals("/elsewhere")).as("redirected").isEmpty();
            for (String path : List.of("/hostile", "/kind", "/batches")) {
                assertArrivals(events, receiver.arrivals(path));
                assertThat(firsts(receiver.ids(path, arrival -> true), events)).isEqualTo(bySubject(events));
                assertThat(firsts(receiver.ids(path, arrival -> arrival.mood.takes()), events))
                        .isEqualTo(bySubject(events));
            }
            Map<String, Set<List<String>>> batches = receiver.arrivals("/batches").stream()
                    .collect(Collectors.groupingBy(Arrival::id, Collectors.mapping(Arrival::ids, Collectors.toSet())));
            assertThat(batches.values())
                    .as("the same id for the same events only")
                    .allMatch(ids -> ids.size() == 1);
            assertThat(receiver.arrivals("/batches"))
                    .anyMatch(arrival -> arrival.ids().size() > 1);
            LOG.info(
                    "{} events in {} requests, and in {} batches",
                    events.size(),
                    receiver.arrivals("/hostile").size(),
                    receiver.arrivals("/batches").size());
        }
    }

    private interface Disturbance {
        void happen() throws Exception;
    }

    /**
     * Of two processes one is killed several times, and one stopped; the receiver restarts once by itself, and once together
     * with a process.
     */
    private List<Disturbance> plan(HostileReceiver receiver, int events) {
        List<Disturbance> plan = new ArrayList<>();
        for (int round = Integer.getInteger("waltally.crash.rounds", 1); round > 0; round--) {
            plan.add(() -> {
                LOG.info("a process is killed");
                anyProcess().kill();
                startProcess();
            });
        }
        plan.add(() -> {
            LOG.info("a process is stopped");
            anyProcess().stop();
            startProcess();
        });
        plan.add(() -> {
            LOG.info("the receiver restarts");
            receiver.down();
            await(receiver, () -> unfinishedIsKept("kind") || receiver.taken("/kind") == events);
            receiver.up();
        });
        plan.add(() -> {
            LOG.info("a process is killed while the receiver restarts");
            receiver.down();
            anyProcess().kill();
            startProcess();
            receiver.up();
        });
        Collections.shuffle(plan, random);
        return plan;
    }

    /** That runs; by the next time it must not. */
    private CommandProcess anyProcess() {
        return processes.remove(random.nextInt(processes.size()));
    }

    private Mood moodOf(Arrival arrival) {
        if (arrival.path.equals("/kind")) {
            return Mood.TAKE;
        }
        if (arrival.ids().size() > 15) {
            return Mood.TOO_LARGE;
        }
        int chance = random.nextInt(200);
        if (chance < 2) {
            return Mood.BUSY;
        }
        if (chance < 6) {
            return Mood.HANG;
        }
        return List.of(
                        Mood.FAIL,
                        Mood.RESET,
                        Mood.REDIRECT,
                        Mood.TAKE_AT_LENGTH,
                        Mood.TAKE,
                        Mood.TAKE,
                        Mood.TAKE,
                        Mood.TAKE)
                .get(chance % 8);
    }

    /** What is not committed is no event, and must not arrive. */
    private void produce(List<Event> events) {
        Map<String, Object> properties = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                servers.kafka(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "outbox-" + seed);
        Random chance = new Random(seed);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            for (int from = 0; from < events.size(); ) {
                int to = Math.min(events.size(), from + 1 + chance.nextInt(20));
                producer.beginTransaction();
                if (chance.nextInt(4) == 0) {
                    send(producer, new Event("evt_aborted", events.get(from).subject));
                    producer.flush();
                    producer.abortTransaction();
                } else {
                    events.subList(from, to).forEach(event -> send(producer, event));
                    producer.flush();
                    producer.commitTransaction();
                    from = to;
                }
            }
        }
    }

    private static void send(KafkaProducer<String, String> producer, Event event) {
        var unused = producer.send(event.record());
    }

    private List<Event> events(int count) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(new Event("evt_" + seed + "_" + made++, "photos/" + random.nextInt(SUBJECTS)));
        }
        return events;
    }

    private record Event(String id, String subject) {
        String body() {
            return """
                    {"specversion":"1.0","id":"%s","source":"/s3-orchestrator","type":"s3:ObjectCreated:Put","subject":"%s"}""".formatted(id, subject);
        }

        ProducerRecord<String, String> record() {
            return new ProducerRecord<>("outbox.notifications", subject, body());
        }
    }

    private static void assertArrivals(List<Event> events, List<Arrival> arrivals) {
        Map<String, Event> sent = events.stream().collect(Collectors.toMap(Event::id, event -> event));
        for (Arrival arrival : arrivals) {
            assertThat(sent).as("%s", arrival).containsKeys(arrival.ids().toArray(String[]::new));
            List<Event> held = arrival.ids().stream().map(sent::get).toList();
            String bodies = held.stream().map(Event::body).collect(Collectors.joining(","));
            assertThat(arrival.text()).isEqualTo(arrival.isBatch() ? "[" + bodies + "]" : bodies);
            assertThat(held.stream().map(Event::subject)).doesNotHaveDuplicates();
            if (held.size() == 1) {
                assertThat(arrival.id()).isEqualTo(arrival.ids().get(0));
            }
            assertThat(arrival.headers)
                    .containsEntry(
                            "Content-Type",
                            arrival.path.equals("/batches")
                                    ? "application/cloudevents-batch+json"
                                    : "application/cloudevents+json")
                    .containsEntry(
                            "X-Webhook-Signature",
                            "sha256="
                                    + HexFormat.of()
                                            .formatHex(hmac(
                                                    APPLICATION_SECRET.getBytes(StandardCharsets.UTF_8),
                                                    arrival.text())));
            String timestamp = arrival.headers.get("webhook-timestamp");
            assertThat(Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), arrival.time))
                    .isBetween(Duration.ofSeconds(-1), Duration.ofSeconds(30));
            List<String> signatures =
                    Arrays.asList(arrival.headers.get("webhook-signature").split(" ", -1));
            String content = arrival.id() + "." + timestamp + "." + arrival.text();
            assertThat(signatures)
                    .containsExactly(
                            "v1," + Base64.getEncoder().encodeToString(hmac(KEY, content)),
                            "v1,"
                                    + Base64.getEncoder()
                                            .encodeToString(hmac(
                                                    Base64.getDecoder().decode(OLD_SECRET.substring(6)), content)));
        }
    }

    /** Not by the code that signs. */
    private static byte[] hmac(byte[] key, String content) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(content.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** The order of first arrivals, by subject. */
    private static Map<String, List<String>> firsts(List<String> ids, List<Event> events) {
        Map<String, String> subjects = events.stream().collect(Collectors.toMap(Event::id, Event::subject));
        return ids.stream().distinct().collect(Collectors.groupingBy(subjects::get));
    }

    private static Map<String, List<String>> bySubject(List<Event> events) {
        return events.stream()
                .collect(Collectors.groupingBy(Event::subject, Collectors.mapping(Event::id, Collectors.toList())));
    }

    @Test
    void aBackoffOutlivesTheProcessThatBeganIt() throws Exception {
        AtomicReference<Mood> mood = new AtomicReference<>(Mood.REST);
        try (HostileReceiver receiver = new HostileReceiver(arrival -> mood.get())) {
            configure();
            endpoint("patient", receiver.url("/patient"), "retry-delay", "50ms");
            CommandProcess process = startProcess();
            awaitAssigned("patient");
            Event event = new Event("evt_patient_" + seed, "photos/1");
            produce(List.of(event));
            await(receiver, () -> !receiver.arrivals("/patient").isEmpty() && answerIsKept("patient"));
            // When
            process.kill();
            mood.set(Mood.TAKE);
            Instant restarted = Instant.now();
            startProcess();
            await(receiver, () -> receiver.taken("/patient") == 1);
            // Then
            List<Arrival> arrivals = receiver.arrivals("/patient");
            assertThat(arrivals).hasSize(2);
            assertThat(arrivals.get(1).id()).isEqualTo(arrivals.get(0).id());
            assertThat(restarted)
                    .as("soon enough")
                    .isBefore(arrivals.get(0).time.plusSeconds(HostileReceiver.REST_SECONDS));
            assertThat(Duration.between(arrivals.get(0).time, arrivals.get(1).time))
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(HostileReceiver.REST_SECONDS));
        }
    }

    private boolean unfinishedIsKept(String endpoint) {
        return committed(endpoint).values().stream().anyMatch(metadata -> !metadata.isEmpty());
    }

    private boolean answerIsKept(String endpoint) {
        return committed(endpoint).values().stream()
                .anyMatch(metadata ->
                        DeliveryProgress.of(0, metadata).pausedUntil().isAfter(Instant.EPOCH));
    }

    private void awaitAssigned(String... endpoints) {
        for (String endpoint : endpoints) {
            awaitUntil(
                    () -> committed(endpoint).size()
                            == 2 * configuration().topics().partitions(),
                    () -> endpoint + " has begun");
        }
    }

    /** By partition, what stands beside the offset. */
    private Map<String, String> committed(String endpoint) {
        String group = configuration().webhookGroup(endpoint);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", servers.kafka()))) {
            Map<String, String> metadata = new HashMap<>();
            admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .forEach((partition, offset) -> metadata.put(partition.toString(), offset.metadata()));
            return metadata;
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void undeliverableEventIsDeadLetteredAndReplayedToItsEndpointOnly() throws Exception {
        Set<String> refused = ConcurrentHashMap.newKeySet();
        try (HostileReceiver receiver = new HostileReceiver(
                arrival -> arrival.path.equals("/picky") && refused.contains(arrival.id()) ? Mood.FAIL : Mood.TAKE)) {
            // Given
            configure();
            endpoint(
                    "picky",
                    receiver.url("/picky"),
                    "max-attempts",
                    "3",
                    "retry-delay",
                    "20ms",
                    "headers.X-Token",
                    "hidden");
            endpoint("other", receiver.url("/other"));
            endpoint("paced", receiver.url("/paced"), "rate-limit", "20");
            endpoint("deletions", receiver.url("/deletions"), "events", "s3:ObjectRemoved:*");
            List<Event> events = events(40);
            Event bad = events.get(7);
            refused.add(bad.id());
            try (Instance instance = startInstance()) {
                awaitAssigned("picky", "other", "paced", "deletions");
                // When
                produce(events);
                // Then: it holds its subject no longer than its own attempts
                await(
                        receiver,
                        () -> receiver.taken("/picky") == 39
                                && receiver.taken("/other") == 40
                                && receiver.taken("/paced") == 40);
                List<Arrival> paced = receiver.arrivals("/paced");
                assertThat(Duration.between(paced.get(0).time, paced.get(39).time))
                        .as("40 requests at 20 per second")
                        .isGreaterThan(Duration.ofMillis(1_500));
                awaitUntil(
                        () -> letters("picky").size() == 1,
                        () -> letters("picky").toString());
                JsonNode letter = letters("picky").get(0);
                assertThat(letter.path("id").asText()).isEqualTo(bad.id());
                assertThat(letter.path("endpoint").asText()).isEqualTo("picky");
                assertThat(letter.path("stage").asText()).isEqualTo("webhooks");
                assertThat(letter.path("topic").asText()).isEqualTo("outbox.notifications");
                assertThat(letter.path("key").asText()).isEqualTo(bad.subject());
                assertThat(letter.path("message").asText()).isEqualTo("3 attempts failed; HTTP 500");
                assertThat(letters("other")).isEmpty();
                assertThat(receiver.ids("/picky", arrival -> arrival.id().equals(bad.id())))
                        .hasSize(3);
                awaitUntil(() -> webhook(instance, "picky").path("unfinished").asInt() == 0, () -> "all finished");
                JsonNode picky = webhook(instance, "picky");
                assertThat(picky.path("delivered").asInt()).isEqualTo(39);
                assertThat(picky.path("failed_attempts").asInt()).isEqualTo(3);
                assertThat(picky.path("retries").asInt()).isEqualTo(2);
                assertThat(picky.path("dead").asInt()).isEqualTo(1);
                assertThat(picky.at("/last_failure/reason").asText()).isEqualTo("HTTP 500");
                assertThat(picky.at("/success_seconds/p50").isNumber()).isTrue();
                String metrics = InstanceApi.text(instance, "/metrics");
                assertThat(metrics)
                        .contains("waltally_webhook_delivered_total{endpoint=\"picky\"} 39.0")
                        .contains("waltally_webhook_dead_letters_total{endpoint=\"picky\"} 1.0")
                        .contains("waltally_webhook_success_seconds_count{endpoint=\"other\"} 40");
                assertThat(metrics
                                + InstanceApi.text(instance, "/api/webhooks")
                                + InstanceApi.text(instance, "/api/status"))
                        .doesNotContain("hidden", SECRET, OLD_SECRET);

                // When
                assertThat(dlq(2, "replay", "--stage", "webhooks", "--endpoint", "other", "--id", bad.id()))
                        .contains("no dead letter " + bad.id());
                assertThat(dlq(1, "replay", "--stage", "webhooks", "--endpoint", "picky", "--wait"))
                        .contains("1 dead letter put back", "1 refused again");
                assertThat(letters("picky")).hasSize(1);
                assertThat(letters("picky").get(0).path("attempts").asInt()).isEqualTo(3);
                refused.clear();
                assertThat(dlq(0, "replay", "--stage", "webhooks", "--endpoint", "picky", "--since", "1h", "--wait"))
                        .contains("1 dead letter put back", "1 delivered");
                // Then
                assertThat(letters("picky")).isEmpty();
                await(receiver, () -> receiver.taken("/picky") == 40);
                assertThat(receiver.taken("/other")).isEqualTo(40);
                assertThat(receiver.arrivals("/other")).hasSize(40);
                assertThat(receiver.arrivals("/deletions")).isEmpty();
                // When
                assertThat(webhooks(2, "replay", "othr", "--since", "1h")).contains("did you mean other?");
                assertThat(webhooks(2, "replay", "other", "--since", "1h"))
                        .contains("40 notifications will be delivered to other once more", "--yes");
                assertThat(webhooks(0, "replay", "other", "--since", "1h", "--types", "backend.removed", "--yes"))
                        .contains("0 notifications");
                assertThat(webhooks(0, "replay", "other", "--since", "1h", "--yes"))
                        .contains("40 notifications put back");
                // Then
                await(receiver, () -> receiver.arrivals("/other").size() == 80);
                assertThat(receiver.taken("/picky")).isEqualTo(40);
                awaitUntil(
                        () -> new StatusReader(configuration(), topics())
                                .read()
                                .stages()
                                .get("webhooks")
                                .lag()
                                .orElseThrow()
                                .equals(0L),
                        () -> "no lag");
            }
        }
    }

    @Test
    void anEndpointThatIsGoneStaysDisabledAndOneThatIsDownHoldsUpNoOther() throws Exception {
        AtomicReference<Mood> mood = new AtomicReference<>(Mood.GONE);
        try (HostileReceiver receiver = new HostileReceiver(arrival -> switch (arrival.path) {
            case "/gone" -> mood.get();
            case "/failing" -> Mood.FAIL;
            default -> Mood.TAKE;
        })) {
            // Given
            configure();
            endpoint("gone", receiver.url("/gone"), "concurrency", "1");
            endpoint("down", "http://127.0.0.1:1/", "retry-delay", "1m", "max-retry-delay", "1h");
            endpoint("failing", receiver.url("/failing"), "retry-delay", "50ms", "disable-after", "1s");
            endpoint("well", receiver.url("/well"));
            List<Event> events = events(2_000);
            try (Instance instance = startInstance()) {
                awaitAssigned("gone", "down", "failing", "well");
                // When
                produce(events);
                // Then
                await(receiver, () -> receiver.taken("/well") == events.size());
                awaitUntil(
                        () -> webhook(instance, "gone").path("state").asText().equals("disabled"), () -> "disabled");
                assertThat(receiver.arrivals("/gone")).hasSize(1);
                JsonNode down = webhook(instance, "down");
                assertThat(down.path("unfinished").asInt())
                        .isBetween(1, 256 * configuration().topics().partitions());
                assertThat(down.path("lag").asInt()).isPositive();
                assertThat(Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().startsWith("webhooks-")))
                        .as("threads, however many events wait")
                        .hasSizeLessThanOrEqualTo(4 * 3);
                awaitUntil(() -> isDisabledForFailing(instance), () -> "disabled");
                assertThat(InstanceApi.text(instance, "/readyz")).contains("true");
            }
            mood.set(Mood.TAKE);
            try (Instance instance = startInstance()) {
                awaitUntil(
                        () -> webhook(instance, "gone").path("state").asText().equals("disabled"), () -> "disabled");
                assertThat(receiver.arrivals("/gone")).hasSize(1);
                awaitUntil(() -> isDisabledForFailing(instance), () -> "disabled after a restart, too");
                int failed = receiver.arrivals("/failing").size();
                // When
                post(instance, "/api/webhooks/gone/enable");
                // Then
                await(receiver, () -> receiver.taken("/gone") == events.size());
                assertThat(firsts(receiver.ids("/gone", arrival -> true), events))
                        .isEqualTo(bySubject(events));
                assertThat(receiver.arrivals("/well")).hasSize(events.size());
                assertThat(webhook(instance, "gone").path("state").asText()).isEqualTo("running");
                assertThat(receiver.arrivals("/failing")).hasSize(failed);
            }
        }
    }

    private static boolean hasLogged(ListAppender<ILoggingEvent> logged, String line) {
        return List.copyOf(logged.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .anyMatch(line::equals);
    }

    @Test
    void endpointsComeAndGoWithoutARestart() throws Exception {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        ((Logger) LoggerFactory.getLogger(WebhooksRole.class)).addAppender(logged);
        AtomicReference<Mood> mood = new AtomicReference<>(Mood.TAKE);
        try (HostileReceiver receiver =
                new HostileReceiver(arrival -> arrival.path.equals("/added") ? mood.get() : Mood.TAKE)) {
            // Given
            configure();
            values.put("webhooks.sealing-keys", SEALING_KEY);
            endpoint("filed", receiver.url("/filed"));
            try (Instance one = startInstance();
                    Instance other = startInstance()) {
                values.put("http.port", Integer.toString(one.httpPort()));
                awaitAssigned("filed");
                produce(events(5));
                await(receiver, () -> receiver.taken("/filed") == 5);
                // When
                String[] allowed = {"--set", "allow-http=true", "--set", "allow-private=true"};
                String added = webhooks(
                        0, "add", "added", receiver.url("/added"), allowed[0], allowed[1], allowed[2], allowed[3]);
                assertThat(added).contains("secret whsec_", "added was added, and gets notifications");
                webhooks(1, "add", "added", receiver.url("/added"), allowed[0], allowed[1], allowed[2], allowed[3]);
                webhooks(1, "add", "filed", receiver.url("/filed"));
                assertThat(webhooks(2, "add", "typo", "htp://127.0.0.1/"))
                        .contains("typo.url must begin with https://");
                assertThat(webhooks(2, "pause", "aded")).contains("did you mean added?");
                assertThat(webhooks(1, "remove", "filed")).contains("is in the configuration");
                awaitUntil(() -> isRunning(one, "added") && isRunning(other, "added"), () -> "both deliver");
                List<Event> whileAdded = events(200);
                produce(whileAdded);
                // Then: from now on, and nothing of before
                await(receiver, () -> receiver.taken("/added") == 200 && receiver.taken("/filed") == 205);
                assertThat(firsts(receiver.ids("/added", arrival -> true), whileAdded))
                        .isEqualTo(bySubject(whileAdded));

                // When: paused while retries wait
                mood.set(Mood.FAIL);
                List<Event> failing = events(20);
                produce(failing);
                awaitUntil(() -> receiver.arrivals("/added").size() > 200, () -> "a failure");
                assertThat(webhooks(0, "pause", "added")).contains("added is paused");
                awaitUntil(
                        () -> webhook(other, "added").path("state").asText().equals("paused"),
                        () -> "paused there, too");
                awaitUntil(
                        () -> webhook(one, "added").path("under_way").asInt() == 0
                                && webhook(other, "added").path("under_way").asInt() == 0,
                        () -> "no request");
                int paused = receiver.arrivals("/added").size();
                webhooks(0, "pause", "filed");
                assertThat(new StatusReader(configuration(), topics())
                                .read()
                                .stages()
                                .get("webhooks")
                                .reason()
                                .orElse(""))
                        .isEqualTo("paused by an operator: filed, added");
                webhooks(0, "resume", "filed");
                mood.set(Mood.TAKE);
                await(receiver, () -> receiver.taken("/filed") == 225);
                assertThat(receiver.arrivals("/added")).hasSize(paused);
                // Then
                webhooks(
                        0,
                        "change",
                        "added",
                        "--set",
                        "retry-delay=20ms",
                        "--set",
                        "max-retry-delay=20ms",
                        "--set",
                        "batch-size=10");
                awaitUntil(() -> hasLogged(logged, "webhook added was changed by an operator"), () -> "changed");
                webhooks(0, "resume", "added");
                await(receiver, () -> receiver.taken("/added") == 220);
                assertThat(receiver.arrivals("/added").stream().skip(paused)).allMatch(Arrival::isBatch);
                assertThat(webhooks(0, "list", "--attempts")).contains("run time", "file", " 204 ", "2 endpoints");
                assertThat(webhooks(0, "replay", "added", "--since", "1h", "--types", "backend.removed", "--yes"))
                        .contains("0 notifications");

                // When: removed and added again
                assertThat(webhooks(0, "remove", "added")).contains("added is removed");
                awaitUntil(() -> !isListed(other, "added"), () -> "removed there, too");
                List<Event> between = events(5);
                produce(between);
                await(receiver, () -> receiver.taken("/filed") == 230);
                webhooks(
                        0,
                        "add",
                        "added",
                        receiver.url("/again"),
                        "--secret",
                        SECRET,
                        allowed[0],
                        allowed[1],
                        allowed[2],
                        allowed[3]);
                List<Event> after = events(5);
                produce(after);
                // Then
                await(receiver, () -> receiver.taken("/again") == 5);
                assertThat(receiver.ids("/again", arrival -> true))
                        .containsExactlyInAnyOrderElementsOf(
                                after.stream().map(Event::id).toList());
                assertThat(receiver.taken("/added")).isEqualTo(220);
                assertResealedThoughTheFileHasOneOfThatName("added");
                // An instance without the key says so, and delivers to the others.
                values.remove("webhooks.sealing-keys");
                values.put("http.port", "0");
                try (Instance keyless = startInstance()) {
                    awaitUntil(() -> isListed(keyless, "added") && isRunning(keyless, "filed"), () -> "listed");
                    assertThat(webhook(keyless, "added").path("state").asText()).isEqualTo("unreadable");
                    assertThat(webhook(keyless, "added").path("reason").asText())
                            .contains("webhooks.sealing-keys");
                    assertThat(InstanceApi.text(keyless, "/metrics"))
                            .contains("waltally_webhook_unreadable{endpoint=\"added\"} 1.0");
                }
            } finally {
                values.put("webhooks.sealing-keys", SEALING_KEY);
                webhooks(0, "remove", "added");
            }
        }
    }

    private void assertResealedThoughTheFileHasOneOfThatName(String name) throws IOException {
        Map<String, String> before = Map.copyOf(values);
        values.put("webhooks.sealing-keys", NEW_SEALING_KEY + "," + SEALING_KEY);
        endpoint(name, "http://127.0.0.1:1/");
        assertThat(webhooks(0, "reseal")).contains("sealed with the first key: " + name);
        values.clear();
        values.putAll(before);
        values.put("webhooks.sealing-keys", NEW_SEALING_KEY);
        assertThat(KnownEndpoints.read(configuration(), topics()))
                .filteredOn(known -> known.name().equals(name))
                .singleElement()
                .matches(known -> known.added() && known.endpoint().isPresent(), "can be read with the new key");
    }

    private static boolean isDisabledForFailing(Instance instance) {
        JsonNode failing = webhook(instance, "failing");
        return failing.path("state").asText().equals("disabled")
                && failing.path("reason").asText().contains("disable-after");
    }

    private static boolean isRunning(Instance instance, String name) {
        return isListed(instance, name)
                && webhook(instance, name).path("state").asText().equals("running");
    }

    private static boolean isListed(Instance instance, String name) {
        return InstanceApi.json(instance, "/api/webhooks")
                .findValuesAsText("name")
                .contains(name);
    }

    private List<JsonNode> letters(String endpoint) {
        try {
            List<JsonNode> letters = new ArrayList<>();
            JSON.readTree(dlq(0, "list", "--stage", "webhooks", "--endpoint", endpoint, "--json"))
                    .path("items")
                    .forEach(letters::add);
            return letters;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What the command prints. */
    private String dlq(int exitCode, String... arguments) throws IOException {
        return run(exitCode, "dlq", arguments);
    }

    /** What the command prints. */
    private String webhooks(int exitCode, String... arguments) throws IOException {
        return run(exitCode, "webhooks", arguments);
    }

    private String run(int exitCode, String command, String... arguments) throws IOException {
        Path file = Files.writeString(
                directory.resolve("dlq.yml"),
                values.entrySet().stream()
                        .map(value -> "\"" + value.getKey() + "\": \"" + value.getValue() + "\"\n")
                        .collect(Collectors.joining()));
        StringWriter out = new StringWriter();
        var line =
                WaltallyCommand.withSubcommands(DlqCommand.withActions(), WebhooksCommand.withSides(new StopSignal()));
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(out, true));
        List<String> all = new ArrayList<>(List.of(command, arguments[0], "-c", file.toString()));
        all.addAll(List.of(arguments).subList(1, arguments.length));
        assertThat(line.execute(all.toArray(String[]::new))).as(out.toString()).isEqualTo(exitCode);
        return out.toString();
    }

    private static JsonNode webhook(Instance instance, String name) {
        for (JsonNode item : InstanceApi.json(instance, "/api/webhooks").path("items")) {
            if (item.path("name").asText().equals(name)) {
                return item;
            }
        }
        throw new AssertionError("no webhook " + name);
    }

    private static void post(Instance instance, String path) {
        HttpRequest.Builder request = InstanceApi.request(instance, path).POST(HttpRequest.BodyPublishers.noBody());
        assertThat(InstanceApi.send(request).body()).contains("accepted");
    }

    private static void await(HostileReceiver receiver, Callable<Boolean> condition) {
        awaitUntil(
                condition,
                () -> List.of(
                                "/hostile",
                                "/kind",
                                "/batches",
                                "/patient",
                                "/picky",
                                "/other",
                                "/paced",
                                "/gone",
                                "/well",
                                "/filed",
                                "/added",
                                "/again")
                        .stream()
                        .map(path -> path + " " + receiver.taken(path) + " of "
                                + receiver.arrivals(path).size())
                        .collect(Collectors.joining(", ")));
    }

    private static void awaitUntil(Callable<Boolean> condition, Supplier<String> state) {
        Wait.until(TIMEOUT, state, condition);
    }
}
