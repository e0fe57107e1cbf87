package io.waltally.webhooks.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.webhooks.event.CloudEventBatch;
import io.waltally.webhooks.event.Outbox;
import io.waltally.webhooks.event.OutboxEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class BatchScheduleTest {
    private static final TopicPartition PARTITION = new TopicPartition(Outbox.TOPIC, 0);
    private static final TopicPartition OTHER = new TopicPartition(Outbox.TOPIC, 1);
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration LINGER = Duration.ofMillis(500);
    private static final Instant WAITED = NOON.plus(LINGER);
    private static final Retries RETRIES = new Retries(6, Duration.ofSeconds(8), Duration.ofMinutes(1), Retries.NEVER);
    private static final FailedAttempt REFUSED = FailedAttempt.of("HTTP 400");
    private static final FailedAttempt UNREACHABLE = FailedAttempt.unreachable("no connection");

    private DeliverySchedule schedule = schedule(3, OptionalDouble.empty());
    private long offset;

    private static DeliverySchedule schedule(int size, OptionalDouble perSecond) {
        return schedule(new RequestLimits(2, perSecond, new Batching(size, 1 << 10, LINGER)));
    }

    private static DeliverySchedule schedule(RequestLimits limits) {
        DeliverySchedule schedule = new DeliverySchedule(RETRIES, limits, 1, new Random(1));
        schedule.assign(PARTITION, DeliveryProgress.at(0), NOON);
        schedule.assign(OTHER, DeliveryProgress.at(0), NOON);
        return schedule;
    }

    private OutboxEvent admit(String subject) {
        return admit(subject, 2, NOON);
    }

    private OutboxEvent admit(String subject, int bytes, Instant now) {
        OutboxEvent event = Outbox.event(0, offset++, subject, "x".repeat(bytes));
        schedule.admit(event, now);
        schedule.readUpTo(PARTITION, offset);
        return event;
    }

    private List<List<OutboxEvent>> due(Instant now) {
        return schedule.due(now).stream().map(DeliveryBatch::events).toList();
    }

    private DeliveryBatch only(Instant now) {
        List<DeliveryBatch> due = schedule.due(now);
        assertThat(due).hasSize(1);
        return due.get(0);
    }

    @Test
    void aBatchBeginsOnceItIsFullOrItsFirstEventHasWaited() {
        OutboxEvent first = admit("a");
        assertThat(due(NOON)).isEmpty();
        assertThat(schedule.nextDue()).contains(WAITED);
        OutboxEvent second = admit("b", 2, NOON.plusMillis(100));
        OutboxEvent third = admit("c", 2, NOON.plusMillis(200));
        OutboxEvent fourth = admit("d", 2, NOON.plusMillis(300));
        assertThat(schedule.nextDue()).contains(NOON.plusMillis(200));
        assertThat(due(NOON.plusMillis(300))).containsExactly(List.of(first, second, third));
        assertThat(schedule.nextDue()).contains(NOON.plusMillis(800));
        assertThat(due(NOON.plusMillis(799))).isEmpty();
        assertThat(due(NOON.plusMillis(800))).containsExactly(List.of(fourth));
    }

    @Test
    void aBatchHasNoTwoEventsOfASubject() {
        OutboxEvent first = admit("a");
        OutboxEvent second = admit("a");
        OutboxEvent other = admit("b");
        DeliveryBatch batch = only(WAITED);
        assertThat(batch.events()).containsExactly(first, other);
        assertThat(due(WAITED)).isEmpty();
        batch.deliveries().forEach(schedule::finished);
        // Its successor has waited already.
        assertThat(due(WAITED)).containsExactly(List.of(second));
    }

    @Test
    void aBatchIsNoLargerThanTheEndpointTakesAndALargerEventGoesAlone() {
        OutboxEvent large = admit("a", 2_000, NOON);
        OutboxEvent half = admit("b", 511, NOON);
        OutboxEvent other = admit("c", 510, NOON);
        OutboxEvent small = admit("d", 1, NOON);
        List<DeliveryBatch> due = schedule.due(NOON);
        assertThat(due).extracting(DeliveryBatch::events).containsExactly(List.of(large), List.of(half, other));
        assertThat(CloudEventBatch.write(due.get(1).events())).hasSize(1 << 10);
        schedule.finished(due.get(0).deliveries().get(0));
        assertThat(due(WAITED)).containsExactly(List.of(small));
    }

    @Test
    void eventsOfAFailedBatchAreRetriedIndividually() {
        OutboxEvent bad = admit("a");
        OutboxEvent good = admit("b");
        schedule.failed(only(WAITED), REFUSED, WAITED);
        Instant later = WAITED.plusSeconds(8);
        OutboxEvent untried = admit("c", 2, later);
        List<DeliveryBatch> due = schedule.due(later);
        assertThat(due).extracting(DeliveryBatch::events).containsExactlyInAnyOrder(List.of(bad), List.of(good));
        for (DeliveryBatch single : due) {
            assertThat(single.deliveries().get(0).attempts()).isEqualTo(1);
            if (single.events().contains(bad)) {
                schedule.failed(single, UNREACHABLE, later);
            } else {
                schedule.finished(single.deliveries().get(0));
            }
        }
        assertThat(due(later.plus(LINGER))).containsExactly(List.of(untried));
        assertThat(schedule.progress(PARTITION).unfinished().get(bad.offset()).attempts())
                .isEqualTo(2);
        assertThat(schedule.retrying()).isEqualTo(1);
        // Also after a failure of the endpoint.
        assertThat(due(later.plusSeconds(16))).containsExactly(List.of(bad));
    }

    @Test
    void unreachableEndpointGetsTheSameBatchForHalfOfTheAttempts() {
        schedule = schedule(new RequestLimits(8, OptionalDouble.empty(), new Batching(3, 1 << 10, LINGER)));
        List<OutboxEvent> events = List.of(admit("a"), admit("b"), admit("c"));
        Instant now = NOON;
        for (int attempt = 0; attempt < RETRIES.maxAttempts() / 2; attempt++) {
            DeliveryBatch batch = only(now);
            assertThat(batch.events()).containsExactlyElementsOf(events);
            schedule.failed(batch, UNREACHABLE, now);
            assertThat(due(now)).isEmpty();
            now = schedule.nextDue().orElseThrow();
        }
        now = now.plus(RETRIES.longest());
        assertThat(due(now))
                .containsExactlyInAnyOrderElementsOf(
                        events.stream().map(List::of).toList());
    }

    @Test
    void failedEventsAreSentIndividuallyAfterARestart() {
        OutboxEvent failed = admit("a");
        OutboxEvent other = admit("b");
        schedule.failed(only(WAITED), UNREACHABLE, WAITED);
        DeliveryProgress kept = schedule.progress(PARTITION);
        schedule = new DeliverySchedule(
                RETRIES,
                new RequestLimits(8, OptionalDouble.empty(), new Batching(3, 1 << 10, LINGER)),
                1,
                new Random(1));
        schedule.assign(PARTITION, DeliveryProgress.of(kept.offset(), kept.metadata()), NOON);
        List.of(failed, other).forEach(event -> schedule.admit(event, WAITED));
        assertThat(due(WAITED.plusSeconds(8))).containsExactlyInAnyOrder(List.of(failed), List.of(other));
    }

    @Test
    void aBatchThatIsTooLargeGoesAtOnceInHalvesForAnHourAndThatIsNoAttempt() {
        List<OutboxEvent> events = List.of(admit("a", 300, NOON), admit("b", 300, NOON), admit("c", 300, NOON));
        DeliveryBatch batch = only(NOON);
        assertThat(schedule.tooLarge(batch, 904, NOON)).hasValue(452);
        assertThat(schedule.underWay()).isZero();
        List<DeliveryBatch> smaller = new ArrayList<>(schedule.due(NOON));
        assertThat(schedule.tooLarge(batch, 904, NOON)).isEmpty();
        smaller.forEach(one -> one.deliveries().forEach(schedule::finished));
        smaller.addAll(schedule.due(WAITED));
        assertThat(smaller)
                .extracting(DeliveryBatch::events)
                .containsExactlyElementsOf(events.stream().map(List::of).toList());
        assertThat(smaller).allMatch(one -> one.deliveries().get(0).attempts() == 0);
        smaller.forEach(one -> one.deliveries().forEach(schedule::finished));
        // When
        Instant later = NOON.plus(BatchAssembler.SMALLER_FOR).plusMillis(1);
        admit("d", 300, later);
        admit("e", 300, later);
        // Then
        assertThat(only(later).events()).hasSize(2);
    }

    @Test
    void aBatchWaitsForNothingThatCannotBeRead() {
        schedule = schedule(1_000, OptionalDouble.empty());
        while (schedule.hasRoom(PARTITION)) {
            admit("subject " + offset, 1, NOON);
        }
        assertThat(schedule.nextDue()).contains(NOON);
        assertThat(only(NOON).events()).hasSize((int) offset);
    }

    @Test
    void aBatchIsOneRequestOfTheConcurrencyAndOfTheRate() {
        schedule = schedule(3, OptionalDouble.of(10));
        for (int i = 0; i < 12; i++) {
            admit("subject " + i);
        }
        List<DeliveryBatch> due = new ArrayList<>(schedule.due(NOON));
        assertThat(due).hasSize(1);
        assertThat(schedule.nextDue()).contains(NOON.plusMillis(50));
        due.addAll(schedule.due(NOON.plusMillis(150)));
        assertThat(due).hasSize(2);
        assertThat(schedule.underWay()).isEqualTo(2);
        assertThat(schedule.nextDue()).isEmpty();
        due.get(0).deliveries().subList(0, 2).forEach(schedule::finished);
        assertThat(schedule.due(NOON.plusSeconds(1))).isEmpty();
        schedule.finished(due.get(0).deliveries().get(2));
        assertThat(schedule.due(NOON.plusSeconds(1))).hasSize(1);
    }

    @Test
    void aBatchEndsWithItsLastEventWhoeverHasThePartitionsOfTheOthers() {
        OutboxEvent lost = admit("a");
        OutboxEvent kept = Outbox.event(1, 0, "b");
        schedule.admit(kept, NOON);
        DeliveryBatch batch = only(WAITED);
        assertThat(batch.events()).containsExactly(lost, kept);
        // When
        schedule.revoke(PARTITION);
        assertThat(schedule.underWay()).isEqualTo(1);
        schedule.failed(batch, REFUSED, WAITED);
        // Then
        assertThat(schedule.underWay()).isZero();
        assertThat(due(WAITED.plusSeconds(8))).containsExactly(List.of(kept));
    }

    @Test
    void anEndpointThatAsksForQuietOrIsGoneGetsTheSameBatchLater() {
        List<OutboxEvent> events = List.of(admit("a"), admit("b"));
        schedule.failed(
                only(WAITED), new FailedAttempt("HTTP 429", Optional.of(Duration.ofMinutes(3)), true, true), WAITED);
        admit("c", 2, WAITED);
        Instant quiet = WAITED.plus(Duration.ofMinutes(3));
        assertThat(due(quiet.minusMillis(1))).isEmpty();
        DeliveryBatch batch = only(quiet);
        assertThat(batch.events()).hasSize(3).containsAll(events);
        schedule.gone(batch, quiet);
        assertThat(due(quiet.plusSeconds(9))).isEmpty();
        schedule.enable();
        assertThat(only(quiet.plusSeconds(9)).events()).hasSize(3).containsAll(events);
    }

    @Test
    void withoutFailuresEachEventIsSentOnceInOrderOfItsSubjectInFewRequests() {
        long first = Long.getLong("waltally.seed", System.nanoTime());
        for (long seed = first; seed < first + 50; seed++) {
            try {
                deliverAll(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dwaltally.seed=" + seed, e);
            }
        }
    }

    private static void deliverAll(Random random) {
        int size = 2 + random.nextInt(100);
        int concurrency = 1 + random.nextInt(8);
        int subjects = 1 + random.nextInt(500);
        DeliverySchedule schedule = schedule(new RequestLimits(
                concurrency,
                OptionalDouble.empty(),
                new Batching(size, 1 << 20, Duration.ofMillis(random.nextInt(50)))));
        Map<String, List<Long>> sent = new HashMap<>();
        Map<String, List<Long>> expected = new HashMap<>();
        List<DeliveryBatch> underWay = new ArrayList<>();
        long events = 1_000;
        long read = 0;
        int full = 0;
        for (Instant now = NOON; read < events || schedule.unfinished() > 0; now = now.plusMillis(1)) {
            while (read < events && schedule.hasRoom(PARTITION) && random.nextInt(20) > 0) {
                String subject = "subject " + random.nextInt(subjects);
                schedule.admit(Outbox.event(0, read, subject), now);
                expected.computeIfAbsent(subject, any -> new ArrayList<>()).add(read);
                schedule.readUpTo(PARTITION, ++read);
            }
            underWay.addAll(schedule.due(now));
            assertThat(underWay).hasSizeLessThanOrEqualTo(concurrency);
            if (!underWay.isEmpty()) {
                DeliveryBatch batch = underWay.remove(random.nextInt(underWay.size()));
                full += batch.events().size() == size ? 1 : 0;
                for (Delivery delivery : batch.deliveries()) {
                    sent.computeIfAbsent(delivery.event().subject().orElseThrow(), any -> new ArrayList<>())
                            .add(delivery.event().offset());
                    schedule.finished(delivery);
                }
            }
        }
        assertThat(sent).isEqualTo(expected);
        assertThat(schedule.progress(PARTITION)).isEqualTo(DeliveryProgress.at(events));
        assertThat(size > 20 || subjects < 100 || full > 0)
                .as("there are full batches")
                .isTrue();
    }
}
