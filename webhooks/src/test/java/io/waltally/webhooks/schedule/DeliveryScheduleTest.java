package io.waltally.webhooks.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.webhooks.event.Outbox;
import io.waltally.webhooks.event.OutboxEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class DeliveryScheduleTest {
    private static final TopicPartition PARTITION = new TopicPartition(Outbox.TOPIC, 0);
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
    private static final Retries RETRIES = new Retries(4, Duration.ofSeconds(8), Duration.ofSeconds(20), Retries.NEVER);
    private static final FailedAttempt FAILED = FailedAttempt.of("HTTP 500");
    private static final int TARGET = 17;

    private DeliverySchedule schedule = schedule(10);
    private final List<OutboxEvent> outbox = new ArrayList<>();
    private long offset;

    private static DeliverySchedule schedule(int concurrency) {
        DeliverySchedule schedule = new DeliverySchedule(RETRIES, RequestLimits.of(concurrency), TARGET, new Random(1));
        schedule.assign(PARTITION, DeliveryProgress.at(0), NOON);
        return schedule;
    }

    private OutboxEvent admit(String subject) {
        OutboxEvent event = Outbox.event(0, offset++, subject);
        outbox.add(event);
        schedule.admit(event, NOON);
        schedule.readUpTo(PARTITION, offset);
        return event;
    }

    /** Reads the events of subjects that failed again, if they may go on. */
    private void readAgain(Instant now) {
        schedule.seek(PARTITION, now).ifPresent(from -> {
            outbox.stream().filter(event -> event.offset() >= from).forEach(event -> schedule.admit(event, now));
            schedule.readUpTo(PARTITION, offset);
        });
    }

    private Delivery only(Instant now) {
        List<Delivery> due = begin(now);
        assertThat(due).hasSize(1);
        return due.get(0);
    }

    /** Of requests with an event each. */
    private List<Delivery> begin(Instant now) {
        List<DeliveryBatch> due = schedule.due(now);
        assertThat(due).allMatch(batch -> batch.deliveries().size() == 1);
        return due.stream().map(batch -> batch.deliveries().get(0)).toList();
    }

    private List<OutboxEvent> due(Instant now) {
        return begin(now).stream().map(Delivery::event).toList();
    }

    private void fail(Delivery delivery, FailedAttempt failure, Instant now) {
        schedule.failed(delivery.batch(), failure, now);
    }

    private static FailedAttempt asking(Duration retryAfter, boolean overloaded) {
        return new FailedAttempt("HTTP 503", Optional.of(retryAfter), overloaded, overloaded);
    }

    @Test
    void eventsOfASubjectFollowEachOtherAndOtherSubjectsPass() {
        OutboxEvent first = admit("a");
        OutboxEvent second = admit("a");
        OutboxEvent other = admit("b");
        List<Delivery> due = begin(NOON);
        assertThat(due).extracting(Delivery::event).containsExactly(first, other);
        // When
        fail(due.get(0), FAILED, NOON);
        schedule.finished(due.get(1));
        // Then
        assertThat(due(NOON)).isEmpty();
        schedule.finished(only(NOON.plusSeconds(8)));
        readAgain(NOON.plusSeconds(8));
        assertThat(due(NOON.plusSeconds(8))).containsExactly(second);
    }

    @Test
    void eventsWithoutASubjectWaitForNoOther() {
        OutboxEvent first = admit(null);
        OutboxEvent second = admit(null);
        assertThat(due(NOON)).containsExactly(first, second);
    }

    @Test
    void noMoreAreUnderWayThanTheEndpointWants() {
        schedule = schedule(2);
        OutboxEvent first = admit("a");
        OutboxEvent second = admit("b");
        OutboxEvent third = admit("c");
        List<Delivery> due = begin(NOON);
        assertThat(due).extracting(Delivery::event).containsExactly(first, second);
        assertThat(due(NOON)).isEmpty();
        assertThat(schedule.nextDue()).isEmpty();
        fail(due.get(1), FAILED, NOON);
        assertThat(due(NOON)).containsExactly(third);
    }

    @Test
    void waitsDoubleUpToTheLongestAndHalfOfEachIsChance() {
        admit("a");
        Instant now = NOON;
        for (long longest : new long[] {8, 16, 20}) {
            fail(only(now), FAILED, now);
            Instant next = schedule.nextDue().orElseThrow();
            assertThat(Duration.between(now, next))
                    .isBetween(Duration.ofSeconds(longest).dividedBy(2), Duration.ofSeconds(longest));
            assertThat(schedule.due(next.minusMillis(1))).isEmpty();
            now = next;
        }
        assertThat(only(now).attempts()).isEqualTo(3);
    }

    @Test
    void whatAnEndpointAsksForIsHonouredUpToADay() {
        admit("a");
        admit("b");
        List<Delivery> due = begin(NOON);
        fail(due.get(0), asking(Duration.ofMinutes(3), false), NOON);
        fail(due.get(1), asking(Duration.ofDays(400), false), NOON);
        assertThat(schedule.nextDue()).contains(NOON.plus(Duration.ofMinutes(3)));
        schedule.finished(only(NOON.plus(Duration.ofMinutes(3))));
        assertThat(schedule.nextDue()).contains(NOON.plus(Duration.ofDays(1)));
    }

    @Test
    void anOverloadedEndpointIsLeftAloneAltogether() {
        admit("a");
        admit("b");
        admit("c");
        List<Delivery> due = begin(NOON);
        fail(due.get(0), asking(Duration.ofMinutes(3), true), NOON);
        fail(due.get(1), FAILED, NOON);
        admit("d");
        Instant until = NOON.plus(Duration.ofMinutes(3));
        assertThat(schedule.due(until.minusMillis(1))).isEmpty();
        assertThat(schedule.nextDue()).contains(until);
        assertThat(schedule.due(until)).hasSize(3);
    }

    @Test
    void afterTheLastAttemptAnEventIsSetAsideAndHoldsItsSubjectUntilItIs() {
        OutboxEvent first = admit("a");
        OutboxEvent second = admit("a");
        Instant now = NOON;
        for (int i = 0; i < 4; i++) {
            Delivery attempt = only(now);
            assertThat(attempt.exhausted()).isFalse();
            fail(attempt, FailedAttempt.of("HTTP 50" + i), now);
            now = schedule.nextDue().orElseThrow();
        }
        Delivery dead = only(now);
        assertThat(dead.exhausted()).isTrue();
        assertThat(dead.event()).isEqualTo(first);
        assertThat(dead.lastFailure()).isEqualTo("HTTP 503");
        assertThat(due(now.plusSeconds(100))).isEmpty();
        assertThat(schedule.progress(PARTITION).offset()).isZero();
        // When
        schedule.deadLetterFailed(dead, now);
        dead = only(schedule.nextDue().orElseThrow());
        assertThat(dead.exhausted()).isTrue();
        schedule.finished(dead);
        readAgain(now);
        // Then
        assertThat(due(now)).containsExactly(second);
        assertThat(schedule.progress(PARTITION).offset()).isEqualTo(1);
    }

    @Test
    void anEndpointThatIsGoneGetsNothingUntilItIsEnabledWhoeverHasThePartition() {
        OutboxEvent event = admit("a");
        admit("b");
        List<Delivery> due = begin(NOON);
        schedule.gone(due.get(0).batch(), NOON);
        schedule.finished(due.get(1));
        assertThat(schedule.due(NOON.plusSeconds(1000))).isEmpty();
        assertThat(schedule.nextDue()).isEmpty();
        DeliveryProgress kept = schedule.progress(PARTITION);

        DeliverySchedule elsewhere = new DeliverySchedule(RETRIES, RequestLimits.of(10), TARGET, new Random(1));
        elsewhere.assign(PARTITION, kept, NOON);
        assertThat(elsewhere.disabled()).contains(Disablement.GONE);
        DeliverySchedule otherTarget = new DeliverySchedule(RETRIES, RequestLimits.of(10), TARGET + 1, new Random(1));
        otherTarget.assign(PARTITION, kept, NOON);
        assertThat(otherTarget.disabled()).isEmpty();

        schedule.takeChanges();
        schedule.enable();
        assertThat(schedule.takeChanges()).containsOnlyKeys(PARTITION);
        Delivery again = only(NOON);
        assertThat(again.event()).isEqualTo(event);
        assertThat(again.attempts()).isZero();
        assertThat(DeliveryProgress.of(
                                kept.offset(), schedule.progress(PARTITION).metadata())
                        .disabled())
                .isZero();
    }

    @Test
    void aPartitionThatComesBackGoesOnWhereItWas() {
        OutboxEvent failing = admit("a");
        OutboxEvent done = admit("b");
        OutboxEvent untried = admit("a");
        List<Delivery> due = begin(NOON);
        fail(due.get(0), FAILED, NOON);
        schedule.finished(due.get(1));
        Instant next = schedule.nextDue().orElseThrow();
        DeliveryProgress kept = schedule.progress(PARTITION);
        // When
        schedule = new DeliverySchedule(RETRIES, RequestLimits.of(10), TARGET, new Random(1));
        schedule.assign(PARTITION, DeliveryProgress.of(kept.offset(), kept.metadata()), NOON);
        // Then: what has not been read again is not forgotten
        assertThat(schedule.progress(PARTITION)).isEqualTo(kept);
        for (OutboxEvent event : List.of(failing, done, untried)) {
            assertThat(schedule.mayBeOpen(PARTITION, event.offset())).isEqualTo(!event.equals(done));
            schedule.admit(event, NOON);
        }
        schedule.readUpTo(PARTITION, 3);
        assertThat(schedule.progress(PARTITION)).isEqualTo(kept);
        assertThat(schedule.due(next.minusMillis(1))).isEmpty();
        Delivery again = only(next);
        assertThat(again.event()).isEqualTo(failing);
        assertThat(again.attempts()).isEqualTo(1);
        schedule.finished(again);
        readAgain(next);
        assertThat(due(next)).containsExactly(untried);
    }

    @Test
    void aClockThatWasDaysAheadDelaysNothingForMoreThanADay() {
        Instant ahead = NOON.plus(Duration.ofDays(30));
        Instant tomorrow = NOON.plus(Duration.ofDays(1));
        for (FailedAttempt failure : List.of(FAILED, asking(Duration.ofMinutes(3), true))) {
            schedule = schedule(10);
            offset = 0;
            OutboxEvent failed = admit("a");
            fail(only(ahead), failure, ahead);
            DeliveryProgress kept = schedule.progress(PARTITION);
            schedule = new DeliverySchedule(RETRIES, RequestLimits.of(10), TARGET, new Random(1));
            schedule.assign(PARTITION, DeliveryProgress.of(kept.offset(), kept.metadata()), NOON);
            schedule.admit(failed, NOON);
            schedule.readUpTo(PARTITION, offset);
            OutboxEvent fresh = admit("b");
            List<OutboxEvent> now = due(NOON);
            assertThat(now).isEqualTo(failure.overloaded() ? List.of() : List.of(fresh));
            assertThat(schedule.nextDue()).contains(tomorrow);
            assertThat(schedule.takeChanges().get(PARTITION).pausedUntil())
                    .isEqualTo(failure.overloaded() ? tomorrow : Instant.EPOCH);
            assertThat(due(tomorrow)).contains(failed).hasSize(2 - now.size());
        }
    }

    @Test
    void resultsOfARevokedPartitionAreIgnored() {
        admit("a");
        Delivery former = only(NOON);
        schedule.revoke(PARTITION);
        assertThat(schedule.underWay()).isZero();
        schedule.assign(PARTITION, DeliveryProgress.at(0), NOON);
        OutboxEvent event = Outbox.event(0, 0, "a");
        schedule.admit(event, NOON);
        schedule.readUpTo(PARTITION, 1);
        // When
        schedule.finished(former);
        fail(former, FAILED, NOON);
        schedule.deadLetterFailed(former, NOON);
        // Then
        assertThat(schedule.progress(PARTITION).offset()).isZero();
        assertThat(due(NOON)).containsExactly(event);
    }

    @Test
    void subjectsOfAPartitionThatWasTakenAwayHoldNoOther() {
        TopicPartition other = new TopicPartition(Outbox.TOPIC, 1);
        schedule.assign(other, DeliveryProgress.at(0), NOON);
        admit("a");
        OutboxEvent waiting = Outbox.event(1, 0, "a");
        schedule.admit(waiting, NOON);
        assertThat(schedule.due(NOON)).hasSize(1);
        schedule.revoke(PARTITION);
        assertThat(due(NOON)).containsExactly(waiting);
    }

    @Test
    void aFullWindowTakesNothingMore() {
        while (schedule.hasRoom(PARTITION)) {
            admit("s" + offset);
        }
        assertThat(offset).isEqualTo(DeliverySchedule.WINDOW - DeliverySchedule.MAX_PER_POLL + 1);
        schedule.finished(begin(NOON).get(3));
        assertThat(schedule.hasRoom(PARTITION)).isTrue();
    }

    @Test
    void eventsThatAreGoneFromTheirTopicAreNotWaitedFor() {
        admit("a");
        admit("b");
        fail(begin(NOON).get(0), FAILED, NOON);
        DeliveryProgress kept = schedule.progress(PARTITION);
        schedule = new DeliverySchedule(RETRIES, RequestLimits.of(10), TARGET, new Random(1));
        schedule.assign(PARTITION, kept, NOON);
        schedule.takeChanges();
        // When: retention has taken both
        schedule.readUpTo(PARTITION, 5);
        // Then
        assertThat(schedule.takeChanges()).containsEntry(PARTITION, DeliveryProgress.at(5));
    }

    @Test
    void aFailingSubjectHoldsOnePlaceAndArrivesInOrderOnceItsFirstEventHas() {
        schedule = schedule(1);
        List<OutboxEvent> outbox = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            outbox.add(Outbox.event(0, i, i % 2 == 0 ? "failing" : "subject " + i));
        }
        Reader reader = new Reader(outbox);
        List<OutboxEvent> arrived = new ArrayList<>();
        boolean failing = true;
        Instant now = NOON;
        while (arrived.size() < outbox.size()) {
            reader.read(now);
            for (Delivery delivery : begin(now)) {
                if (failing && delivery.event().subject().equals(Optional.of("failing"))) {
                    fail(delivery, asking(Duration.ofHours(1), false), now);
                } else {
                    schedule.finished(delivery);
                    arrived.add(delivery.event());
                }
            }
            if (failing && arrived.size() == outbox.size() / 2) {
                assertThat(arrived)
                        .allMatch(event -> event.subject().orElseThrow().startsWith("subject"));
                assertThat(schedule.unfinished()).isEqualTo(1);
                failing = false;
                now = now.plus(Duration.ofHours(1));
            }
            now = now.plusMillis(10);
        }
        reader.read(now);
        assertThat(arrived).doesNotHaveDuplicates();
        assertThat(arrived.stream().filter(event -> event.offset() % 2 == 0).map(OutboxEvent::offset))
                .isSorted();
        assertThat(schedule.progress(PARTITION)).isEqualTo(DeliveryProgress.at(outbox.size()));
        assertThat(reader.records).as("records that were read").isLessThan(5 * outbox.size());
    }

    /** Reads a partition as a session does. */
    private final class Reader {
        private final List<OutboxEvent> outbox;
        private int position;
        private int records;

        Reader(List<OutboxEvent> outbox) {
            this.outbox = outbox;
        }

        void read(Instant now) {
            if (schedule.hasRoom(PARTITION)) {
                int end = Math.min(outbox.size(), position + DeliverySchedule.MAX_PER_POLL);
                outbox.subList(position, end).forEach(event -> schedule.admit(event, now));
                records += end - position;
                position = end;
                schedule.readUpTo(PARTITION, position);
            }
            schedule.seek(PARTITION, now).ifPresent(offset -> position = (int) offset);
        }
    }

    private static DeliverySchedule disabling(Duration after) {
        DeliverySchedule schedule = new DeliverySchedule(
                new Retries(100, Duration.ofHours(1), Duration.ofHours(1), after),
                RequestLimits.of(10),
                TARGET,
                new Random(1));
        schedule.assign(PARTITION, DeliveryProgress.at(0), NOON);
        return schedule;
    }

    /** Fails the only event until a time; returns the time of the last failure. */
    private Instant fail(Instant from, Instant until) {
        Instant now = from;
        while (now.isBefore(until) && schedule.disabled().isEmpty()) {
            fail(only(now), FAILED, now);
            now = schedule.nextDue().orElse(until);
        }
        return now;
    }

    @Test
    void anEndpointThatAcceptsNothingForTooLongIsDisabledUntilItIsResumed() {
        schedule = disabling(Duration.ofHours(5));
        OutboxEvent event = admit("a");
        Instant since = fail(NOON, NOON.plus(Duration.ofHours(4)));
        assertThat(schedule.disabled()).isEmpty();
        // An answer begins the time anew.
        schedule.succeeded(since);
        fail(since, since.plus(Duration.ofHours(5)).minusMillis(1));
        assertThat(schedule.disabled()).isEmpty();
        assertThat(schedule.failingSince()).contains(since);
        fail(schedule.nextDue().orElseThrow(), since.plus(Duration.ofHours(7)));
        assertThat(schedule.disabled()).contains(Disablement.FAILING);
        assertThat(schedule.due(since.plus(Duration.ofDays(9)))).isEmpty();
        assertThat(schedule.nextDue()).isEmpty();
        // It is so for the next owner of the partition too, and not for another target.
        DeliveryProgress kept = schedule.takeChanges().get(PARTITION);
        DeliveryProgress read = DeliveryProgress.of(kept.offset(), kept.metadata());
        schedule = disabling(Duration.ofHours(5));
        schedule.assign(PARTITION, read, NOON);
        assertThat(schedule.disabled()).contains(Disablement.FAILING);
        assertThat(schedule.failingSince()).contains(since);
        schedule.retarget(TARGET, since);
        assertThat(schedule.disabled()).isPresent();
        schedule.retarget(TARGET + 1, since);
        assertThat(schedule.disabled()).isEmpty();
        assertThat(schedule.failingSince()).isEmpty();
        schedule.admit(event, NOON);
        assertThat(due(since.plus(Duration.ofDays(9)))).containsExactly(event);
    }

    @Test
    void sinceWhenAnEndpointFailsIsKnownAfterARestart() {
        schedule = disabling(Duration.ofHours(5));
        OutboxEvent event = admit("a");
        Instant last = fail(NOON, NOON.plus(Duration.ofHours(3)));
        DeliveryProgress kept = schedule.takeChanges().get(PARTITION);
        schedule = disabling(Duration.ofHours(5));
        schedule.assign(PARTITION, DeliveryProgress.of(kept.offset(), kept.metadata()), NOON);
        assertThat(schedule.failingSince()).contains(NOON);
        schedule.admit(event, last);
        fail(last, NOON.plus(Duration.ofHours(7)));
        assertThat(schedule.disabled()).contains(Disablement.FAILING);
        // What was stored before a success does not count.
        schedule = disabling(Duration.ofHours(5));
        schedule.succeeded(last);
        schedule.assign(PARTITION, DeliveryProgress.of(kept.offset(), kept.metadata()), NOON);
        assertThat(schedule.failingSince()).isEmpty();
    }

    @Test
    void anEndpointIsNotDisabledForTimeInWhichItWasNotTried() {
        Duration limit = Duration.ofDays(3);
        schedule = disabling(limit);
        admit("a");
        fail(only(NOON), FAILED, NOON);
        // No event came, or the clock was set forward.
        Instant later = NOON.plus(Duration.ofDays(30));
        fail(only(later), FAILED, later);
        assertThat(schedule.disabled()).isEmpty();
        Instant since = later.minus(Duration.ofDays(1));
        assertThat(schedule.failingSince()).contains(since);
        assertThat(DeliveryProgress.of(0, schedule.takeChanges().get(PARTITION).metadata())
                        .failingSince())
                .isEqualTo(since);
        fail(schedule.nextDue().orElseThrow(), later.plus(limit));
        assertThat(schedule.disabled()).contains(Disablement.FAILING);
        // The clock was set back.
        schedule = disabling(limit);
        schedule.admit(outbox.get(0), NOON);
        fail(only(later), FAILED, later);
        fail(only(schedule.nextDue().orElseThrow()), FAILED, NOON);
        assertThat(schedule.failingSince()).contains(NOON);
    }

    @Test
    void timeInWhichNoInstanceRanDoesNotDisableAnEndpoint() {
        Duration limit = Duration.ofDays(3);
        for (boolean settled : new boolean[] {false, true}) {
            outbox.clear();
            offset = 0;
            schedule = disabling(limit);
            admit("a");
            Instant due = fail(NOON, NOON.plus(Duration.ofDays(1)));
            if (settled) {
                // No waiting retry shows when the endpoint last failed.
                schedule.finished(only(due));
            }
            DeliveryProgress kept = schedule.takeChanges().get(PARTITION);
            assertThat(kept.failingSince()).isEqualTo(NOON);
            Instant stopped = kept.lastFailure();
            assertThat(stopped).isBetween(NOON.plus(Duration.ofHours(23)), NOON.plus(Duration.ofHours(24)));
            // When
            Instant later = NOON.plus(Duration.ofDays(31));
            schedule = disabling(limit);
            schedule.assign(PARTITION, DeliveryProgress.of(kept.offset(), kept.metadata()), later);
            schedule.admit(settled ? Outbox.event(0, offset, "a") : outbox.get(0), later);
            fail(only(later), FAILED, later);
            // Then: the day before counts, and one of the thirty
            assertThat(schedule.disabled()).isEmpty();
            assertThat(Duration.between(schedule.failingSince().orElseThrow(), later))
                    .isEqualTo(Duration.between(NOON, stopped).plusDays(1));
            fail(schedule.nextDue().orElseThrow(), later.plus(limit));
            assertThat(schedule.disabled()).contains(Disablement.FAILING);
        }
    }

    @Test
    void failuresOfAnotherTargetNeitherDelayNorDisable() {
        Duration limit = Duration.ofHours(5);
        for (boolean restarts : new boolean[] {false, true}) {
            outbox.clear();
            offset = 0;
            schedule = disabling(limit);
            OutboxEvent event = admit("a");
            OutboxEvent behind = admit("a");
            Instant last = fail(NOON, NOON.plus(Duration.ofHours(4)));
            fail(only(last), asking(Duration.ofHours(3), true), last);
            DeliveryProgress kept = schedule.takeChanges().get(PARTITION);
            // When
            if (restarts) {
                schedule = new DeliverySchedule(
                        new Retries(100, Duration.ofHours(1), Duration.ofHours(1), limit),
                        RequestLimits.of(10),
                        TARGET + 1,
                        new Random(1));
                schedule.assign(PARTITION, DeliveryProgress.of(kept.offset(), kept.metadata()), last);
                assertThat(schedule.takeChanges().get(PARTITION).target()).isEqualTo(TARGET + 1);
                List.of(event, behind).forEach(read -> schedule.admit(read, last));
                schedule.readUpTo(PARTITION, offset);
            } else {
                schedule.retarget(TARGET + 1, last);
            }
            // Then
            assertThat(schedule.failingSince()).isEmpty();
            assertThat(schedule.nextDue()).contains(last);
            Delivery again = only(last);
            assertThat(again.event()).isEqualTo(event);
            DeliveryProgress begun = schedule.progress(PARTITION);
            assertThat(DeliveryProgress.of(begun.offset(), begun.metadata())).isEqualTo(begun);
            assertThat(begun.pausedUntil()).isEqualTo(Instant.EPOCH);
            assertThat(begun.lastFailure()).isEqualTo(Instant.EPOCH);
            schedule.finished(again);
            readAgain(last);
            assertThat(due(last)).containsExactly(behind);
        }
    }

    @Test
    void withoutALimitOfTimeAnEndpointIsNeverDisabled() {
        schedule = disabling(Retries.NEVER);
        admit("a");
        fail(NOON, NOON.plus(Duration.ofDays(2)));
        assertThat(schedule.disabled()).isEmpty();
    }

    @Test
    void aHeldScheduleBeginsNothingAndGoesOnAsItWas() {
        OutboxEvent event = admit("a");
        schedule.hold(true);
        assertThat(schedule.due(NOON)).isEmpty();
        assertThat(schedule.nextDue()).isEmpty();
        schedule.hold(false);
        Delivery delivery = only(NOON);
        schedule.hold(true);
        fail(delivery, FAILED, NOON);
        Instant due =
                schedule.progress(PARTITION).unfinished().get(event.offset()).due();
        assertThat(schedule.due(due)).isEmpty();
        schedule.hold(false);
        assertThat(due(due.minusMillis(1))).isEmpty();
        assertThat(due(due)).containsExactly(event);
    }

    @Test
    void requestsBeginAtNoMoreThanTheLimitAndInOrderOfTheirSubjects() {
        for (double share : new double[] {1, 0.25}) {
            outbox.clear();
            offset = 0;
            schedule = new DeliverySchedule(
                    RETRIES, new RequestLimits(256, OptionalDouble.of(20), Batching.OFF), TARGET, new Random(1));
            schedule.assign(PARTITION, DeliveryProgress.at(0), NOON);
            schedule.share(share);
            for (int i = 0; i < 100; i++) {
                admit("subject " + i % 10);
            }
            List<OutboxEvent> begun = new ArrayList<>();
            int seconds = 4;
            Instant end = NOON.plusSeconds(seconds);
            for (Instant now = NOON; now.isBefore(end); now = schedule.nextDue().orElse(end)) {
                List<Delivery> due = begin(now);
                assertThat(due).hasSizeLessThanOrEqualTo(2);
                due.forEach(delivery -> begun.add(delivery.event()));
                due.forEach(schedule::finished);
            }
            assertThat(begun).hasSizeBetween((int) (20 * share * seconds), (int) (20 * share * seconds) + 2);
            assertThat(begun).isEqualTo(outbox.subList(0, begun.size()));
        }
    }

    @Test
    void aLateCallerDoesNotMakeUpForMuch() {
        schedule = new DeliverySchedule(
                RETRIES, new RequestLimits(256, OptionalDouble.of(100), Batching.OFF), TARGET, new Random(1));
        schedule.assign(PARTITION, DeliveryProgress.at(0), NOON);
        for (int i = 0; i < 100; i++) {
            admit("subject " + i);
        }
        assertThat(schedule.due(NOON.plusSeconds(10))).hasSizeBetween(1, 6);
    }
}
