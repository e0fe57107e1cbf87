package io.waltally.sinks.outbox;

import static io.waltally.sinks.SinkFixture.waitFor;
import static io.waltally.sinks.outbox.OutboxSinks.ALL;
import static io.waltally.sinks.outbox.OutboxSinks.REMOVED;
import static io.waltally.sinks.outbox.OutboxSinks.SINK;
import static io.waltally.sinks.outbox.OutboxSinks.event;
import static io.waltally.sinks.outbox.OutboxSinks.send;
import static io.waltally.sinks.outbox.OutboxSinks.waitForState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.waltally.schemas.DeadLetterHeaders;
import io.waltally.schemas.ReplayRequest;
import io.waltally.schemas.control.DeadLetterEvent;
import io.waltally.schemas.control.DeadLetterEventType;
import io.waltally.schemas.control.DeadLetterKey;
import io.waltally.schemas.control.SinkControl;
import io.waltally.schemas.control.SinkControlKey;
import io.waltally.schemas.topic.Topic;
import io.waltally.schemas.topic.TopicProvisioning;
import io.waltally.sinks.SinkFixture;
import io.waltally.sinks.engine.SinkRunner;
import io.waltally.sinks.engine.SinkStatus;
import io.waltally.sinks.target.ResetRequest;
import io.waltally.sinks.target.StartOffsets;
import io.waltally.sinks.target.TargetException;
import io.waltally.sinks.target.TopicOffsets;
import io.waltally.sinks.target.WriterClaim;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The engine and the outbox sink on real servers. */
class OutboxTargetIT {
    private static final int ROUNDS = Integer.getInteger("waltally.crash.rounds", 10);

    @RegisterExtension
    private final SinkFixture fixture = new SinkFixture();

    private OutboxSinks sinks;

    @BeforeEach
    void openProducer() {
        sinks = new OutboxSinks(fixture);
    }

    private SinkRunner start() {
        return sinks.start(fixture.login());
    }

    private void control(boolean paused, String resetId) {
        var topic = fixture.catalogue().sinkControls();
        try (KafkaProducer<byte[], byte[]> controls =
                new KafkaProducer<>(fixture.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            send(
                    controls,
                    new ProducerRecord<>(
                            topic.name(),
                            topic.keySerde().serializer().serialize(topic.name(), new SinkControlKey(SINK)),
                            topic.valueSerde()
                                    .serializer()
                                    .serialize(
                                            topic.name(),
                                            new SinkControl(paused, resetId, Instant.now(), Instant.now()))));
        }
    }

    private List<String> written() throws Exception {
        return fixture.strings(
                "SELECT (payload ->> 'id') || ' to ' || endpoint_url FROM public.notification_outbox ORDER BY 1");
    }

    private static List<String> expected(Stream<Integer> numbers) {
        return numbers.flatMap(number -> number % 3 == 0
                        ? Stream.of(number + " to " + ALL, number + " to " + REMOVED)
                        : Stream.of(number + " to " + ALL))
                .sorted()
                .toList();
    }

    private int count() throws Exception {
        return Integer.parseInt(fixture.strings("SELECT count(*) FROM public.notification_outbox")
                .get(0));
    }

    @Test
    void everyEventBecomesOneRowPerEndpointWhateverIsKilled() throws Exception {
        long seed = Long.getLong("waltally.crash.seed", System.nanoTime());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<SinkRunner> runners = new ArrayList<>(List.of(start(), start()));
        waitFor(
                "an instance has the partitions",
                () -> runners.stream().allMatch(runner -> runner.status().state() == SinkStatus.State.RUNNING));
        List<Integer> committed = new ArrayList<>();
        int number = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (int transaction = 0; transaction < 20; transaction++) {
                int first = number;
                number += 1 + random.nextInt(100);
                boolean commit = random.nextInt(5) > 0;
                sinks.write(commit, IntStream.range(first, number).mapToObj(OutboxSinks::event));
                if (commit) {
                    IntStream.range(first, number).forEach(committed::add);
                }
                if (random.nextInt(6) == 0) {
                    fixture.killSessions();
                }
            }
            if (random.nextBoolean()) {
                runners.remove(random.nextInt(runners.size())).close();
                runners.add(start());
            }
        }
        List<String> expected = expected(committed.stream());
        waitFor("all rows", () -> count() >= expected.size());
        assertThat(written()).as("seed %d", seed).isEqualTo(expected);
        waitFor(
                "the position is known",
                () -> runners.stream()
                        .anyMatch(runner -> runner.status().completeTo().isPresent()));
        assertThat(fixture.strings("SELECT sink FROM waltally.sinks")).containsExactly(SINK);
    }

    @Test
    void payloadIsTheEventAsTheApplicationStoresIt() throws Exception {
        SinkRunner runner = start();
        waitForState(runner, SinkStatus.State.RUNNING);
        sinks.write(true, Stream.of(event(1)));
        waitFor("a row", () -> count() == 1);
        assertThat(fixture.strings("""
                SELECT format('%s %s %s %s %s', event_type, payload ->> 'subject', endpoint_url, attempts, last_error)
                FROM public.notification_outbox
                """)).containsExactly("s3:ObjectCreated:Put ü1 " + ALL + " 0 ");
        assertThat(runner.status().rows()).isEqualTo(1);
    }

    @Test
    void aPausedSinkWritesNothingAndContinuesWithoutLoss() throws Exception {
        SinkRunner runner = start();
        waitForState(runner, SinkStatus.State.RUNNING);
        control(true, "");
        waitForState(runner, SinkStatus.State.PAUSED);
        sinks.write(true, Stream.of(event(1)));
        SinkRunner other = start();
        waitForState(other, SinkStatus.State.PAUSED);
        for (SinkRunner each : List.of(runner, other)) {
            waitFor(
                    "what waits",
                    () -> each.status().lag() > 0 && !each.status().lagTime().isZero());
        }
        assertThat(count()).isZero();
        control(false, "");
        waitFor("a row", () -> count() == 1);
    }

    @Test
    void aResetWritesNothingAgain() throws Exception {
        sinks.beginEarliest();
        sinks.write(true, Stream.of(event(1)));
        List<SinkRunner> runners = List.of(start(), start());
        waitFor("a row", () -> count() == 1);
        control(false, "first");
        waitFor(
                "the request is followed",
                () -> fixture.strings("SELECT reset_id FROM waltally.sinks").equals(List.of("first"))
                        && runners.stream().allMatch(runner -> runner.status().state() == SinkStatus.State.RUNNING));
        sinks.write(true, Stream.of(event(2)));
        waitFor("another row", () -> written().contains("2 to " + ALL));
        assertThat(written()).isEqualTo(expected(Stream.of(1, 2)));
    }

    @Test
    void aRefusedRecordIsSetAsideAndWrittenOnceItCanBe() throws Exception {
        fixture.execute(
                "ALTER TABLE public.notification_outbox" + " ADD CONSTRAINT no_seven CHECK (payload ->> 'id' <> '7')");
        SinkRunner runner = start();
        waitForState(runner, SinkStatus.State.RUNNING);
        sinks.write(true, IntStream.range(0, 20).mapToObj(OutboxSinks::event));
        sinks.write(true, Stream.of("no event"));
        List<String> others =
                expected(IntStream.range(0, 20).filter(id -> id != 7).boxed());
        waitFor("all others", () -> count() == others.size());
        waitFor("two dead letters", () -> runner.status().deadLetters() == 2);
        assertThat(written()).isEqualTo(others);
        List<ConsumerRecord<byte[], byte[]>> letters =
                read(fixture.catalogue().sinksDeadLetters().name());
        assertThat(letters)
                .extracting(letter -> DeadLetterHeaders.from(letter.headers()).message())
                .anyMatch(message -> message.contains("constraint no_seven") && !message.contains("subject"))
                .anyMatch(message -> message.contains("no CloudEvent"));
        assertThat(letters)
                .extracting(letter -> DeadLetterHeaders.sink(letter.headers()))
                .containsOnly(Optional.of(SINK));

        fixture.execute("ALTER TABLE public.notification_outbox DROP CONSTRAINT no_seven");
        replay(letters);
        List<String> all = expected(IntStream.range(0, 20).boxed());
        waitFor("the row", () -> count() == all.size());
        waitFor("the other is set aside again", () -> runner.status().deadLetters() == 3);
        assertThat(written()).isEqualTo(all);
        waitFor("both results", () -> results().size() == 2);
        assertThat(results()).containsExactlyInAnyOrder(DeadLetterEventType.WRITTEN, DeadLetterEventType.REFUSED);

        // As if the process had ended before it reported.
        runner.close();
        forgetReports();
        SinkRunner successor = start();
        waitForState(successor, SinkStatus.State.RUNNING);
        waitFor("both reports", () -> results().size() == 4);
        assertThat(results()).endsWith(DeadLetterEventType.HANDLED, DeadLetterEventType.HANDLED);
        assertThat(written()).isEqualTo(all);
        successor.close();
        SinkRunner last = start();
        waitForState(last, SinkStatus.State.RUNNING);
        sinks.write(true, Stream.of(event(20)));
        waitFor("a later row", () -> count() > all.size());
        assertThat(results()).hasSize(4);

        sinks.write(true, Stream.generate(() -> "no event").limit(62));
        waitFor(
                "two attempts beyond the limit",
                () -> last.status().retries() >= 2 || last.status().deadLetters() > 60);
        assertThat(last.status().deadLetters()).isEqualTo(60);
        assertThat(last.status().state()).isEqualTo(SinkStatus.State.FAILED);
        assertThat(last.status().reason().orElseThrow()).contains("refuses more than 60 records in a minute");
    }

    private List<DeadLetterEventType> results() {
        Topic<DeadLetterKey, DeadLetterEvent> events = fixture.catalogue().deadLetterEvents();
        return read(events.name()).stream()
                .map(event -> events.valueSerde().deserializer().deserialize(events.name(), event.value()))
                .map(DeadLetterEvent::getType)
                .toList();
    }

    private void forgetReports() throws Exception {
        String group = "test-sink-" + SINK;
        try (Admin admin = Admin.create(fixture.kafka())) {
            Map<TopicPartition, OffsetAndMetadata> first = new HashMap<>();
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().keySet().stream()
                    .filter(partition -> partition
                            .topic()
                            .equals(fixture.catalogue().sinkReplays().name()))
                    .forEach(partition -> first.put(partition, new OffsetAndMetadata(0)));
            admin.alterConsumerGroupOffsets(group, first).all().get();
        }
    }

    private void replay(List<ConsumerRecord<byte[], byte[]>> letters) {
        try (KafkaProducer<byte[], byte[]> replays =
                new KafkaProducer<>(fixture.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            letters.forEach(letter -> {
                Headers headers = new RecordHeaders(letter.headers());
                new ReplayRequest(
                                "request",
                                new DeadLetterKey(letter.topic(), "id", letter.partition(), letter.offset(), "letter"))
                        .addTo(headers);
                send(
                        replays,
                        new ProducerRecord<>(
                                fixture.catalogue().sinkReplays().name(),
                                DeadLetterHeaders.from(letter.headers())
                                        .partition()
                                        .orElseThrow(),
                                letter.key(),
                                letter.value(),
                                headers));
            });
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> read(String topic) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(fixture.kafka(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return records;
        }
    }

    @Test
    void aRecreatedTopicIsReportedAndReadAfterAReset() throws Exception {
        SinkRunner runner = start();
        waitForState(runner, SinkStatus.State.RUNNING);
        sinks.write(true, Stream.of(event(1)));
        waitFor("a row", () -> count() == 1);
        runner.close();
        String topic = fixture.catalogue().notifications().name();
        try (Admin admin = Admin.create(fixture.kafka())) {
            admin.deleteTopics(List.of(topic)).all().get();
            waitFor("topic deleted", () -> !admin.listTopics().names().get().contains(topic));
            new TopicProvisioning(admin).create(List.of(fixture.catalogue().notifications()));
        }
        SinkRunner again = start();
        waitForState(again, SinkStatus.State.FAILED);
        assertThat(again.status().reason().orElseThrow())
                .contains("deleted and made again")
                .contains("waltally sinks resume outbox --reset");
        control(false, "first");
        waitForState(again, SinkStatus.State.RUNNING);
        sinks.write(true, Stream.of(event(2)));
        waitFor("another row", () -> count() == 2);
    }

    @Test
    void aFormerWriterDoesNotCommit() throws Exception {
        TopicPartition partition =
                new TopicPartition(fixture.catalogue().notifications().name(), 0);
        WriterClaim claim = new WriterClaim("cluster", Map.of(partition, Uuid.ONE_UUID), Optional.empty());
        try (OutboxTarget former = sinks.open(fixture.login());
                OutboxTarget latter = sinks.open(fixture.login())) {
            assertThat(former.claim(claim)).isEmpty();
            former.begin();
            former.apply(List.of(new ConsumerRecord<>(
                    partition.topic(), 0, 0, new byte[0], event(1).getBytes(StandardCharsets.UTF_8))));
            assertThat(latter.claim(claim)).isEmpty();
            assertThatThrownBy(() -> former.commit(TopicOffsets.of(Map.of(partition, 1L))))
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(TargetException.Kind.FENCED));
            former.rollback();
            assertThat(count()).isZero();
            latter.begin();
            latter.commit(TopicOffsets.of(Map.of(partition, 5L)));
            assertThat(former.claim(claim)).isEqualTo(Map.of(partition, 5L));
        }
    }

    @Test
    void oneInstanceFollowsAResetForAllPartitionsAndInstances() throws Exception {
        String topic = fixture.catalogue().notifications().name();
        TopicPartition one = new TopicPartition(topic, 0);
        TopicPartition two = new TopicPartition(topic, 1);
        String first = ResetRequest.idAfter("", Instant.now());
        String second = ResetRequest.idAfter(first, Instant.now().minusSeconds(60));
        try (OutboxTarget follower = sinks.open(fixture.login());
                OutboxTarget late = sinks.open(fixture.login())) {
            assertThat(follower.claim(claim(one, "", 5))).isEmpty();
            assertThat(late.claim(claim(two, "", 5))).isEmpty();
            write(follower, one, 3, 1);
            assertThat(late.claim(claim(two, first, 7))).isEqualTo(Map.of(two, 7L));
            assertThatThrownBy(() -> write(follower, one, 4, 2)).hasMessageContaining("has claimed partitions");
            follower.rollback();

            assertThat(follower.claim(claim(one, second, 20))).isEqualTo(Map.of(one, 20L));
            // It has not seen the second request, and may have read the ends of the topic later.
            assertThat(late.claim(claim(two, first, 30))).isEqualTo(Map.of(two, 20L));
            assertThat(late.claim(claim(two, "", 40))).isEqualTo(Map.of(two, 20L));
            write(follower, one, 21, 2);
            assertThat(late.claim(claim(two, second, 50))).isEqualTo(Map.of(two, 20L));
            assertThat(follower.claim(claim(one, second, 50))).isEqualTo(Map.of(one, 21L));
        }
        assertThat(count()).isEqualTo(2);
    }

    /** Of a sink that begins at the beginning, and after a reset at some end of both partitions. */
    private static WriterClaim claim(TopicPartition partition, String resetId, long end) {
        StartOffsets.Start start = new StartOffsets.Start(Uuid.ONE_UUID, end);
        return new WriterClaim(
                "cluster",
                Map.of(partition, Uuid.ONE_UUID),
                resetId.isEmpty() ? Optional.empty() : Optional.of(new ResetRequest(resetId, Instant.now())),
                Set.of(partition.topic()),
                new StartOffsets(
                        Map.of(),
                        IntStream.range(0, 2)
                                .boxed()
                                .collect(Collectors.toMap(
                                        number -> new TopicPartition(partition.topic(), number), number -> start))));
    }

    private static void write(OutboxTarget target, TopicPartition partition, long next, int event) {
        target.begin();
        target.apply(List.of(new ConsumerRecord<>(
                partition.topic(),
                partition.partition(),
                next - 1,
                new byte[0],
                event(event).getBytes(StandardCharsets.UTF_8))));
        target.commit(TopicOffsets.of(Map.of(partition, next)));
    }

    @Test
    void aSinkUnderANewNameBeginsOnlyByAResetAndItsFormerNameToo() throws Exception {
        TopicPartition partition =
                new TopicPartition(fixture.catalogue().notifications().name(), 0);
        String reset = ResetRequest.idAfter("", Instant.now());
        List<OutboxEndpoint> endpoints = OutboxSinks.endpoints(ALL, REMOVED);
        try (OutboxTarget former = sinks.open(fixture.login());
                OutboxTarget beside = sinks.open(fixture.login(), "beside", endpoints, Set.of(SINK));
                OutboxTarget renamed = sinks.open(fixture.login(), "renamed", endpoints, Set.of("beside"))) {
            former.claim(claim(partition, "", 5));
            write(former, partition, 1, 1);
            beside.claim(claim(partition, "", 5));
            write(beside, partition, 1, 1);

            assertThatThrownBy(() -> renamed.claim(claim(partition, "", 5)))
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                    .hasMessageContaining("sink outbox has inserted the notifications so far, and is not configured any"
                            + " more: if sink renamed takes its place, give it that name, with which it continues. To"
                            + " begin with the next notification: waltally sinks resume renamed --reset");
            assertThatThrownBy(renamed::check)
                    .hasMessageContaining("sink outbox has inserted the notifications so far");
            beside.check();
            assertThat(renamed.claim(claim(partition, reset, 5))).isEqualTo(Map.of(partition, 5L));

            assertThatThrownBy(() -> write(former, partition, 2, 2)).hasMessageContaining("has claimed partitions");
            former.rollback();
            write(renamed, partition, 6, 2);
            write(beside, partition, 2, 2);
            assertThatThrownBy(() -> former.claim(claim(partition, "", 6)))
                    .hasMessageContaining("sink beside, renamed has inserted the notifications so far");
        }
        assertThat(fixture.strings("SELECT sink FROM waltally.sink_positions ORDER BY 1"))
                .containsExactly("beside", "renamed", "renamed");
    }

    @Test
    void aUrlThatTwoEntriesNameGetsAnEventOnce() throws Exception {
        TopicPartition partition =
                new TopicPartition(fixture.catalogue().notifications().name(), 0);
        try (OutboxTarget target = sinks.open(fixture.login(), SINK, OutboxSinks.endpoints(ALL, ALL), Set.of())) {
            target.claim(claim(partition, "", 5));
            write(target, partition, 1, 3);
        }
        assertThat(written()).containsExactly("3 to " + ALL);
    }

    @Test
    void aMissingTableOrPrivilegeIsReportedAndRepairedWithoutARestart() throws Exception {
        fixture.execute("ALTER TABLE public.notification_outbox RENAME TO away");
        SinkRunner runner = start();
        waitForState(runner, SinkStatus.State.FAILED);
        assertThat(runner.status().reason().orElseThrow()).contains("has no table public.notification_outbox");
        fixture.execute("ALTER TABLE public.away RENAME TO notification_outbox");
        waitForState(runner, SinkStatus.State.RUNNING);
        fixture.execute("ALTER TABLE public.notification_outbox RENAME COLUMN payload TO content");
        sinks.write(true, Stream.of(event(1)));
        waitForState(runner, SinkStatus.State.FAILED);
        assertThat(runner.status().reason().orElseThrow()).contains("column \"payload\"");
        fixture.execute("ALTER TABLE public.notification_outbox RENAME COLUMN content TO payload");
        waitFor("a row", () -> count() == 1);

        runner.close();
        fixture.execute("DELETE FROM waltally.sinks; DELETE FROM waltally.sink_positions;"
                + " ALTER TABLE public.notification_outbox SET UNLOGGED");
        TopicPartition partition =
                new TopicPartition(fixture.catalogue().notifications().name(), 0);
        WriterClaim claim = new WriterClaim("cluster", Map.of(partition, Uuid.ONE_UUID), Optional.empty());
        try (OutboxTarget target = sinks.open(fixture.login())) {
            assertThatThrownBy(() -> target.claim(claim))
                    .hasMessageEndingWith("ALTER TABLE public.notification_outbox SET LOGGED");
            fixture.execute("ALTER TABLE public.notification_outbox SET LOGGED;"
                    + " CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                    + " CREATE TRIGGER drops BEFORE INSERT ON public.notification_outbox FOR EACH ROW"
                    + " EXECUTE FUNCTION drops()");
            target.claim(claim);
            target.begin();
            assertThatThrownBy(() -> target.apply(List.of(new ConsumerRecord<>(
                            partition.topic(), 0, 0, new byte[0], event(1).getBytes(StandardCharsets.UTF_8)))))
                    .isInstanceOfSatisfying(
                            TargetException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(TargetException.Kind.MISCONFIGURED))
                    .hasMessageContaining("table public.notification_outbox took 0 of 1 rows without an error");
        }
    }
}
