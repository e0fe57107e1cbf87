package io.waltally.webhooks.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.waltally.webhooks.event.CloudEventBatch;
import io.waltally.webhooks.event.Outbox;
import io.waltally.webhooks.event.OutboxEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers random outboxes to an endpoint that fails in every way, by instances that are killed and lose partitions at
 * any moment. {@code -Dwaltally.webhooks.outages} is their number, {@code -Dwaltally.seed} repeats the first one.
 */
class AnyOutageTest {
    private static final Logger LOG = LoggerFactory.getLogger(AnyOutageTest.class);

    private static final Retries RETRIES =
            new Retries(5, Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofHours(2));
    private static final int CONCURRENCY = 5;
    private static final int PARTITIONS = 2;
    private static final int MAX_METADATA = 4096;

    @Test
    void everyEventArrivesOrIsSetAsideInOrderOfItsSubjectAndNothingIsForgotten() {
        long first = Long.getLong("waltally.seed", System.nanoTime());
        int outages = Integer.getInteger("waltally.webhooks.outages", 60);
        for (long seed = first; seed < first + outages; seed++) {
            LOG.debug("seed {}", seed);
            try {
                new World(seed).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("-Dwaltally.seed=" + seed, e);
            }
        }
    }

    /** @param progress what offset and metadata say */
    private record Kept(long offset, String metadata, DeliveryProgress progress) {
        private Kept(long offset, String metadata) {
            this(offset, metadata, DeliveryProgress.of(offset, metadata));
        }
    }

    /** The topic, the group's offsets, the endpoint, and the instance that is alive. */
    private static final class World {
        private final Random random;
        private final Map<TopicPartition, List<OutboxEvent>> topic = new HashMap<>();
        private final Map<String, String> predecessors = new HashMap<>();
        private final Map<TopicPartition, Kept> group = new HashMap<>();
        private final Map<TopicPartition, Long> positions = new HashMap<>();
        private final Map<String, Integer> failures = new HashMap<>();
        private final Set<String> finished = new HashSet<>();
        private final Set<String> blamed = new HashSet<>();
        private final List<DeliveryBatch> underWay = new ArrayList<>();
        private final double health;
        private final Batching batching;
        private final int fits;
        private Instant now = Instant.parse("2026-11-22T12:00:00Z");
        private Instant quietUntil = now;
        private DeliverySchedule schedule;
        private int target = 1;
        private int crashes;

        World(long seed) {
            random = new Random(seed);
            health = random.nextInt(4) / 4.0;
            int size = random.nextBoolean() ? 1 : 2 + random.nextInt(100);
            batching = new Batching(size, 1_024 << random.nextInt(4), Duration.ofMillis(random.nextInt(2_000)));
            fits = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(4_000);
            int subjects = 1 + random.nextInt(300);
            for (int partition = 0; partition < PARTITIONS; partition++) {
                List<OutboxEvent> events = new ArrayList<>();
                Map<Integer, String> last = new HashMap<>();
                long offset = 0;
                for (int i = random.nextInt(600); i > 0; i--) {
                    // Between the events lie the ends of transactions.
                    offset += 1 + random.nextInt(2);
                    int subject = random.nextInt(subjects);
                    OutboxEvent event = Outbox.event(
                            partition,
                            offset,
                            subject == 0 ? null : partition + "/" + subject,
                            "\"" + "x".repeat(random.nextInt(200)) + "\"");
                    events.add(event);
                    if (subject > 0) {
                        predecessors.put(event.id(), last.put(subject, event.id()));
                    }
                }
                topic.put(new TopicPartition(Outbox.TOPIC, partition), events);
            }
        }

        void run() {
            start();
            for (int i = 0; i < 2_000; i++) {
                step(health);
            }
            for (int i = 0; !finished(); i++) {
                assertThat(i).as("steps until everything is finished").isLessThan(100_000);
                step(0.9);
            }
        }

        /** Every event is finished, and the group knows it. */
        private boolean finished() {
            return schedule.unfinished() == 0
                    && finished.size()
                            == topic.values().stream().mapToInt(List::size).sum()
                    && topic.keySet().stream()
                            .map(schedule::progress)
                            .allMatch(progress -> progress.unfinished().isEmpty()
                                    && progress.deferred().isEmpty())
                    && topic.keySet().stream()
                            .allMatch(partition -> schedule.progress(partition)
                                    .equals(Optional.ofNullable(group.get(partition))
                                            .map(Kept::progress)
                                            .orElse(DeliveryProgress.at(0))));
        }

        private void start() {
            schedule = new DeliverySchedule(
                    RETRIES,
                    new RequestLimits(CONCURRENCY, OptionalDouble.empty(), batching),
                    target,
                    new Random(random.nextLong()));
            underWay.clear();
            blamed.clear();
            quietUntil = Instant.EPOCH;
            topic.keySet().forEach(this::assign);
        }

        private void assign(TopicPartition partition) {
            Kept kept = group.getOrDefault(partition, new Kept(0, ""));
            DeliveryProgress progress = kept.progress();
            schedule.assign(partition, progress, now);
            if (!progress.isOfOtherTarget(target)) {
                quietUntil = latest(quietUntil, progress.pausedUntil());
            }
            assertThat(schedule.progress(partition).offset()).isEqualTo(kept.offset());
            positions.put(partition, kept.offset());
        }

        private void step(double healthy) {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> topic.keySet().forEach(this::poll);
                case 3, 4, 5 -> begin();
                case 6, 7 -> outcome(healthy);
                case 8 -> keep();
                case 9 -> pass();
                case 10 -> {
                    if (random.nextInt(20) == 0) {
                        crashes++;
                        target += random.nextInt(2);
                        start();
                    }
                }
                default -> {
                    if (random.nextInt(20) == 0) {
                        moveAway(new TopicPartition(Outbox.TOPIC, random.nextInt(PARTITIONS)));
                    }
                }
            }
            if (schedule.disabled().isPresent() && random.nextInt(10) == 0) {
                schedule.retarget(++target, now);
                quietUntil = Instant.EPOCH;
            }
        }

        private void poll(TopicPartition partition) {
            schedule.seek(partition, now).ifPresent(offset -> positions.put(partition, offset));
            if (!schedule.hasRoom(partition)) {
                return;
            }
            List<OutboxEvent> records = topic.get(partition).stream()
                    .filter(event -> event.offset() >= positions.get(partition))
                    .limit(random.nextInt(DeliverySchedule.MAX_PER_POLL + 1))
                    .toList();
            for (OutboxEvent event : records) {
                schedule.admit(event, now);
                positions.put(partition, event.offset() + 1);
            }
            schedule.readUpTo(partition, positions.get(partition));
            assertThat(schedule.unfinished()).isLessThanOrEqualTo(PARTITIONS * DeliverySchedule.WINDOW);
        }

        private void begin() {
            for (DeliveryBatch batch : schedule.due(now)) {
                underWay.add(batch);
                assertThat(underWay.size()).isLessThanOrEqualTo(CONCURRENCY);
                assertFits(batch);
                batch.deliveries().forEach(this::assertMayBegin);
            }
        }

        private void assertFits(DeliveryBatch batch) {
            int size = batch.deliveries().size();
            assertThat(size).isLessThanOrEqualTo(batching.size());
            if (size > 1) {
                assertThat(CloudEventBatch.write(batch.events()).length).isLessThanOrEqualTo((int) batching.bytes());
                assertThat(batch.deliveries())
                        .as("shares a request")
                        .noneMatch(delivery -> delivery.exhausted()
                                || blamed.contains(delivery.event().id())
                                || delivery.attempts() >= RETRIES.maxAttempts() / 2);
            }
        }

        private void assertMayBegin(Delivery delivery) {
            OutboxEvent event = delivery.event();
            assertThat(underWay.stream()
                            .flatMap(batch -> batch.underWay().stream())
                            .filter(other -> other.event().subject().isPresent()
                                    && other.event().subject().equals(event.subject())))
                    .as("under way of the subject of %s", event)
                    .hasSizeLessThanOrEqualTo(1);
            String before = predecessors.get(event.id());
            assertThat(before == null || finished.contains(before))
                    .as("%s, which is before %s, is finished", before, event)
                    .isTrue();
            assertThat(crashes == 0 && finished.contains(event.id()))
                    .as("%s is finished and begins again", event)
                    .isFalse();
            if (!delivery.exhausted()) {
                assertThat(now).as("%s is tried", event).isAfterOrEqualTo(quietUntil);
            }
            assertThat(delivery.attempts()).isLessThanOrEqualTo(failures.getOrDefault(event.id(), 0));
            kept(event)
                    .filter(attempts -> attempts.attempts() == delivery.attempts())
                    .ifPresent(
                            attempts -> assertThat(now).as("%s is tried", event).isAfterOrEqualTo(attempts.due()));
        }

        /** What the group knows of an event that the present target has refused. */
        private Optional<Attempts> kept(OutboxEvent event) {
            return Optional.ofNullable(group.get(event.partition()))
                    .filter(kept -> !kept.progress().isOfOtherTarget(target))
                    .map(kept -> kept.progress().unfinished().get(event.offset()))
                    .filter(attempts -> attempts.attempts() > 0);
        }

        private static Instant latest(Instant one, Instant other) {
            return one.isAfter(other) ? one : other;
        }

        private void outcome(double healthy) {
            if (underWay.isEmpty()) {
                return;
            }
            DeliveryBatch batch = underWay.remove(random.nextInt(underWay.size()));
            if (batch.exhausted()) {
                setAside(batch.deliveries().get(0));
                return;
            }
            int bytes = CloudEventBatch.write(batch.events()).length;
            if (batch.deliveries().size() > 1 && bytes > fits) {
                schedule.tooLarge(batch, bytes, now);
            } else if (random.nextDouble() < healthy) {
                schedule.succeeded(now);
                batch.underWay().forEach(this::finish);
            } else if (random.nextInt(100) == 0) {
                schedule.gone(batch, now);
            } else {
                fail(batch);
            }
        }

        private void setAside(Delivery delivery) {
            assertThat(failures.get(delivery.event().id())).isGreaterThanOrEqualTo(RETRIES.maxAttempts());
            if (random.nextInt(5) == 0) {
                schedule.deadLetterFailed(delivery, now);
            } else {
                finish(delivery);
            }
        }

        private void finish(Delivery delivery) {
            schedule.finished(delivery);
            finished.add(delivery.event().id());
        }

        private void fail(DeliveryBatch batch) {
            boolean overloaded = random.nextInt(20) == 0;
            boolean unreachable = overloaded || random.nextInt(3) == 0;
            for (Delivery delivery : batch.underWay()) {
                String id = delivery.event().id();
                assertThat(failures.merge(id, 1, Integer::sum))
                        .as("failures of %s", id)
                        .isLessThanOrEqualTo(RETRIES.maxAttempts() + crashes);
                if (!unreachable) {
                    blamed.add(id);
                }
            }
            Optional<Duration> asked = overloaded ? Optional.of(Duration.ofSeconds(30)) : Optional.empty();
            schedule.failed(batch, new FailedAttempt("HTTP 500", asked, overloaded, unreachable), now);
            if (overloaded) {
                quietUntil = latest(quietUntil, now.plus(asked.get()));
            }
        }

        private void keep() {
            schedule.takeChanges().forEach((partition, progress) -> {
                if (random.nextInt(10) == 0) {
                    schedule.commitFailed(List.of(partition));
                } else {
                    keep(partition, progress);
                }
            });
        }

        private void keep(TopicPartition partition, DeliveryProgress progress) {
            Kept kept = new Kept(progress.offset(), progress.metadata());
            assertThat(kept.metadata()).hasSizeLessThanOrEqualTo(MAX_METADATA);
            assertThat(kept.progress().equals(progress)).isTrue();
            group.put(partition, kept);
            for (OutboxEvent event : topic.get(partition)) {
                Attempts open = progress.unfinished().get(event.offset());
                boolean right = open == null
                        ? finished.contains(event.id()) || !progress.isFinished(event)
                        : open.attempts() <= failures.getOrDefault(event.id(), 0);
                if (!right) {
                    throw new AssertionError(open + " of " + event);
                }
            }
        }

        private void pass() {
            Instant next = schedule.nextDue().orElse(now);
            now = random.nextBoolean() && next.isAfter(now) ? next : now.plusMillis(random.nextInt(3_000));
        }

        private void moveAway(TopicPartition partition) {
            keep(partition, schedule.progress(partition));
            schedule.revoke(partition);
            underWay.removeIf(batch -> batch.underWay().isEmpty());
            assign(partition);
        }
    }
}
