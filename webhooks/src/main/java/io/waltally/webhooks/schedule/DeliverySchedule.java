package io.waltally.webhooks.schedule;

import io.waltally.webhooks.event.OutboxEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/**
 * The unfinished events of one endpoint. Events of one subject are delivered in order: each waits until the previous
 * one is finished. Subjects do not wait for each other: one whose first event has failed holds only that one, and its
 * other events are deferred, which means that they are read again later ({@link #seek}). Not thread-safe.
 *
 * <p>An event is finished when it was delivered, or became a dead letter. Each partition has at most {@link #WINDOW}
 * unfinished events, if the caller checks {@link #hasRoom} before it admits any.
 */
public final class DeliverySchedule {
    /**
     * Largest number of unfinished events of one partition. Bounded so that their state fits into the metadata of a
     * committed offset.
     */
    public static final int WINDOW = 224;

    /** Largest number of deferred subjects of one partition, for the same reason. */
    static final int MAX_DEFERRED = 32;

    /** Number of events that a deferred subject may hold when it goes on. */
    private static final int CATCHING_UP = 32;

    /** Largest number of events that one poll may return after there was room. */
    public static final int MAX_PER_POLL = 64;

    /** Largest size in bytes of all unfinished events, which one poll may exceed. */
    static final long WINDOW_BYTES = 16L << 20;

    private static final Deque<Delivery> NONE = new ArrayDeque<>();
    private static final Duration BEFORE_FAILING_IS_STORED = Duration.ofHours(1);
    private static final Duration BEFORE_SETTING_ASIDE_AGAIN = Duration.ofSeconds(5);

    private final Retries retries;
    private final int concurrency;
    private final RequestRateLimiter rateLimiter;
    private final Batching batching;
    private int target;
    private final RandomGenerator random;

    private final Map<TopicPartition, PartitionDeliveries> partitions = new HashMap<>();
    private final Map<Object, Deque<Delivery>> subjects = new HashMap<>();

    /** Deliveries that are sent alone. */
    private final PriorityQueue<Delivery> waiting =
            new PriorityQueue<>(Comparator.comparing(Delivery::due).thenComparingLong(Delivery::order));

    /** Deliveries that may share a request. */
    private final BatchAssembler gathering;

    private long admitted;
    private long bytes;
    private int underWay;
    private Instant pausedUntil = Instant.EPOCH;
    private Optional<Disablement> disabled = Optional.empty();
    private Instant failingSince = Instant.EPOCH;
    private Instant lastFailure = Instant.EPOCH;
    private Instant lastSuccess = Instant.EPOCH;
    private boolean failingIsStored;
    private boolean held;

    /**
     * @param target neither 0 nor -1; identifies the address of the endpoint, and the last request to resume it: how long the
     *     endpoint has failed, when it is tried again and whether it is disabled does not hold for another target
     */
    public DeliverySchedule(Retries retries, RequestLimits limits, int target, RandomGenerator random) {
        this.retries = retries;
        this.concurrency = limits.concurrency();
        this.rateLimiter = new RequestRateLimiter(limits.perSecond());
        this.batching = limits.batching();
        this.gathering = new BatchAssembler(batching);
        this.target = target;
        this.random = random;
    }

    /** Adds an assigned partition. Its events are to be admitted from {@link DeliveryProgress#offset} on. */
    public void assign(TopicPartition partition, DeliveryProgress progress, Instant now) {
        PartitionDeliveries ledger = new PartitionDeliveries(progress);
        partitions.put(partition, ledger);
        if (progress.isOfOtherTarget(target)) {
            ledger.forgetFailures(now);
        } else {
            restoreTarget(progress);
        }
    }

    private void restoreTarget(DeliveryProgress progress) {
        if (progress.pausedUntil().isAfter(pausedUntil)) {
            pausedUntil = progress.pausedUntil();
        }
        for (Disablement reason : Disablement.values()) {
            if (progress.disabled() == reason.stored(target)) {
                disabled = Optional.of(reason);
            }
        }
        if (progress.lastFailure().isAfter(lastFailure)) {
            lastFailure = progress.lastFailure();
        }
        if (progress.failingSince().isAfter(lastSuccess)
                && (failingSince.equals(Instant.EPOCH)
                        || progress.failingSince().isBefore(failingSince))) {
            failingSince = progress.failingSince();
            failingIsStored = true;
            partitions.values().forEach(PartitionDeliveries::changed);
        }
    }

    /** Removes a revoked partition. Results of its events are ignored from now on. */
    public void revoke(TopicPartition partition) {
        PartitionDeliveries ledger = partitions.remove(partition);
        if (ledger != null) {
            List.copyOf(ledger.deliveries()).forEach(this::drop);
        }
    }

    /** Whether the partition is assigned. */
    public boolean has(TopicPartition partition) {
        return partitions.containsKey(partition);
    }

    public boolean hasRoom(TopicPartition partition) {
        return partitions.get(partition).size() <= WINDOW - MAX_PER_POLL && bytes < WINDOW_BYTES;
    }

    /** Admits an event, unless it is known to be finished. Events of a partition must come in order. */
    public void admit(OutboxEvent event, Instant now) {
        PartitionDeliveries ledger = partitions.get(event.partition());
        ledger.read(event.offset(), SubjectId.of(event)).ifPresent(before -> {
            if (!isDeferred(event, ledger)) {
                hold(event, before, ledger, now);
            }
        });
    }

    /** Defers an event if earlier ones of its subject are deferred, or if the first that is held has failed. */
    private boolean isDeferred(OutboxEvent event, PartitionDeliveries ledger) {
        OptionalLong subject = SubjectId.of(event);
        if (subject.isEmpty()) {
            return false;
        }
        long id = subject.getAsLong();
        Deque<Delivery> queue = subjects.getOrDefault(id, NONE);
        boolean failing = !queue.isEmpty() && queue.element().attempts() > 0;
        if (ledger.isDeferred(subject, event.offset())) {
            if (ledger.continues(id) && !failing && queue.size() < CATCHING_UP) {
                ledger.continued(id, event.offset());
                return false;
            }
        } else if (!failing || ledger.isUnfinishedOfEarlierOwner(event.offset()) || !ledger.mayDefer(id)) {
            return false;
        }
        ledger.defer(id, event.offset());
        return true;
    }

    private void hold(OutboxEvent event, Attempts before, PartitionDeliveries ledger, Instant now) {
        Delivery delivery = new Delivery(event, admitted++, before, now, retries.maxAttempts());
        ledger.add(delivery);
        bytes += event.body().length;
        Deque<Delivery> queue = subjects.computeIfAbsent(subject(delivery), subject -> new ArrayDeque<>());
        queue.add(delivery);
        if (queue.size() == 1) {
            await(delivery, delivery.due());
        }
    }

    /** Defers the events behind a failed one, so that they hold no place of other subjects. */
    private void deferFollowing(Delivery failed) {
        OptionalLong subject = SubjectId.of(failed.event());
        if (subject.isEmpty()) {
            return;
        }
        Deque<Delivery> queue = subjects.get(subject(failed));
        while (queue.size() > 1) {
            Delivery last = queue.peekLast();
            PartitionDeliveries ledger = ledger(last);
            if (last.attempts() > 0 || !ledger.mayDefer(subject.getAsLong())) {
                return;
            }
            queue.removeLast();
            last.close();
            bytes -= last.event().body().length;
            ledger.remove(last);
            ledger.defer(subject.getAsLong(), last.event().offset());
        }
    }

    /**
     * The offset from which a partition is to be read on, if it is not the one after the last event that was admitted.
     * To be asked after each {@link #readUpTo}, and when deliveries have ended.
     */
    public OptionalLong seek(TopicPartition partition, Instant now) {
        return hasRoom(partition)
                ? partitions.get(partition).seek(subject -> !subjects.containsKey(subject), now)
                : OptionalLong.empty();
    }

    /** The offset from which events of deferred subjects have to be read again; empty if there are none. */
    public OptionalLong deferredFrom(TopicPartition partition) {
        return partitions.get(partition).deferredFrom();
    }

    /** Whether an event may be unfinished, depending on its subject. */
    public boolean mayBeOpen(TopicPartition partition, long offset) {
        return partitions.get(partition).mayBeOpen(offset);
    }

    /** Whether an event was not read before, or was unfinished when an earlier owner read it. */
    public boolean isUnread(TopicPartition partition, long offset) {
        return partitions.get(partition).isUnread(offset);
    }

    /** Records that every event of a partition below the offset was admitted or filtered out. */
    public void readUpTo(TopicPartition partition, long offset) {
        partitions.get(partition).readUpTo(offset);
    }

    /** An event without a subject waits for no other. */
    private static Object subject(Delivery delivery) {
        OptionalLong id = SubjectId.of(delivery.event());
        return id.isPresent() ? id.getAsLong() : delivery;
    }

    /** The requests that are due: to be sent, or to become dead letters if {@link DeliveryBatch#exhausted}. */
    public List<DeliveryBatch> due(Instant now) {
        List<DeliveryBatch> due = new ArrayList<>();
        while (!isBlocked() && underWay < concurrency) {
            postponeUntilPauseEnds(now);
            List<Delivery> next = takeNext(now);
            if (next.isEmpty()) {
                return due;
            }
            DeliveryBatch batch = new DeliveryBatch(next);
            if (!batch.exhausted()) {
                rateLimiter.begun(now);
            }
            underWay++;
            due.add(batch);
        }
        return due;
    }

    private List<Delivery> takeNext(Instant now) {
        Optional<Instant> alone = nextAlone();
        Optional<Instant> batch = nextBatch();
        boolean aloneFirst = alone.isPresent()
                && batch.map(begins -> !alone.get().isAfter(begins)).orElse(true);
        if ((aloneFirst ? alone : batch).filter(begins -> !begins.isAfter(now)).isEmpty()) {
            return List.of();
        }
        return aloneFirst ? List.of(waiting.remove()) : gathering.take(now);
    }

    private Optional<Instant> nextAlone() {
        return Optional.ofNullable(waiting.peek())
                .map(delivery -> delivery.exhausted() ? delivery.due() : notBeforeRateLimit(delivery.due()));
    }

    /** A batch waits for no further events while none of them can be read. */
    private Optional<Instant> nextBatch() {
        return gathering
                .first()
                .filter(first -> !hasRoom(first.event().partition()))
                .map(Delivery::due)
                .or(gathering::begins)
                .map(this::notBeforeRateLimit);
    }

    private Instant notBeforeRateLimit(Instant due) {
        return rateLimiter.next().filter(next -> next.isAfter(due)).orElse(due);
    }

    private void postponeUntilPauseEnds(Instant now) {
        Instant until = Retries.atMostLongestWait(pausedUntil, now);
        if (until.isBefore(pausedUntil)) {
            pausedUntil = until;
            partitions.values().forEach(PartitionDeliveries::changed);
        }
        if (!now.isBefore(pausedUntil)) {
            return;
        }
        while (!waiting.isEmpty()
                && !waiting.peek().due().isAfter(now)
                && !waiting.peek().exhausted()) {
            await(waiting.remove(), pausedUntil);
        }
        gathering.dueBy(now).forEach(delivery -> {
            gathering.remove(delivery);
            await(delivery, pausedUntil);
        });
    }

    /**
     * The time at which the next request is due, or {@link #seek} may have an answer, without further events; empty if
     * there is none.
     */
    public Optional<Instant> nextDue() {
        Stream<Instant> requests = isBlocked() || underWay >= concurrency
                ? Stream.empty()
                : Stream.concat(nextAlone().stream(), nextBatch().stream());
        Stream<Instant> seek = partitions.values().stream()
                .map(PartitionDeliveries::nextSeekAt)
                .flatMap(Optional::stream);
        return Stream.concat(requests, seek).min(Comparator.naturalOrder());
    }

    private boolean isBlocked() {
        return held || disabled.isPresent();
    }

    /** @param part of all requests to the endpoint, more than 0 and up to 1, that begin here */
    public void share(double part) {
        rateLimiter.share(part);
    }

    /** The endpoint has accepted an event. */
    public void succeeded(Instant now) {
        lastSuccess = now;
        failingSince = Instant.EPOCH;
        storeFailing(now);
    }

    /** The event was delivered, or became a dead letter. */
    public void finished(Delivery delivery) {
        if (delivery.underWay()) {
            drop(delivery);
        }
    }

    /** The endpoint has not accepted a request: an attempt of each of its events. */
    public void failed(DeliveryBatch batch, FailedAttempt failure, Instant now) {
        List<Delivery> failed = batch.underWay();
        if (failed.isEmpty()) {
            return;
        }
        Duration asked = failure.retryAfter().orElse(Duration.ZERO);
        Duration honoured = asked.compareTo(Retries.MAX_WAIT) > 0 ? Retries.MAX_WAIT : asked;
        if (failure.overloaded() && now.plus(honoured).isAfter(pausedUntil)) {
            pausedUntil = now.plus(honoured);
            partitions.values().forEach(PartitionDeliveries::changed);
        }
        noteFailure(now);
        Map<Integer, Duration> shared = new HashMap<>();
        for (Delivery delivery : failed) {
            ended(delivery);
            delivery.failed(failure);
            if (delivery.exhausted()) {
                await(delivery, now);
            } else {
                deferFollowing(delivery);
                // Those that may share the next request too are due together.
                Duration backoff = delivery.mayShare()
                        ? shared.computeIfAbsent(delivery.attempts(), attempts -> retries.delay(attempts, random))
                        : retries.delay(delivery.attempts(), random);
                await(delivery, now.plus(backoff.compareTo(honoured) > 0 ? backoff : honoured));
            }
            ledger(delivery).failed(now);
        }
    }

    /**
     * The endpoint refused a batch as too large, which is no attempt: its events go at once in smaller ones.
     *
     * @param bytes of the body
     * @return the largest body of a batch from now on; empty if it was as small before
     */
    public OptionalLong tooLarge(DeliveryBatch batch, long bytes, Instant now) {
        OptionalLong limit = gathering.tooLarge(bytes, now);
        batch.underWay().forEach(delivery -> postpone(delivery, delivery.due()));
        return limit;
    }

    private void noteFailure(Instant now) {
        if (failingSince.equals(Instant.EPOCH) || failingSince.isAfter(now)) {
            failingSince = now;
        } else {
            omitIdleTime(now);
        }
        lastFailure = now;
        storeFailing(now);
        boolean forTooLong = !retries.disableAfter().isZero()
                && !failingSince.plus(retries.disableAfter()).isAfter(now);
        if (forTooLong && disabled.isEmpty()) {
            disable(Disablement.FAILING);
        }
    }

    /**
     * No retry waits for longer than the longest wait: beyond that, no event came, no instance ran, or the clock was
     * set forward.
     */
    private void omitIdleTime(Instant now) {
        // After a restart, or if another instance noted the beginning, the last failure may be unknown or an earlier
        // one.
        Instant last = lastFailure.isAfter(failingSince) ? lastFailure : failingSince;
        Instant next = last.plus(Retries.MAX_WAIT);
        if (next.isBefore(now)) {
            failingSince = failingSince.plus(Duration.between(next, now));
            partitions.values().forEach(PartitionDeliveries::changed);
        }
    }

    /** Stores after a while since when the endpoint has failed: most failures pass before. */
    private void storeFailing(Instant now) {
        boolean store = !failingSince.equals(Instant.EPOCH)
                && !failingSince.plus(BEFORE_FAILING_IS_STORED).isAfter(now);
        if (store != failingIsStored) {
            failingIsStored = store;
            partitions.values().forEach(PartitionDeliveries::changed);
        }
    }

    private void disable(Disablement reason) {
        disabled = Optional.of(reason);
        partitions.values().forEach(PartitionDeliveries::changed);
    }

    /** The endpoint answered 410; the attempt does not count. */
    public void gone(DeliveryBatch batch, Instant now) {
        batch.underWay().forEach(delivery -> postpone(delivery, now));
        disable(Disablement.GONE);
    }

    /** An event could not be written to the dead letter topic. */
    public void deadLetterFailed(Delivery delivery, Instant now) {
        postpone(delivery, now.plus(BEFORE_SETTING_ASIDE_AGAIN));
    }

    private void postpone(Delivery delivery, Instant until) {
        if (delivery.underWay()) {
            ended(delivery);
            await(delivery, until);
        }
    }

    private void ended(Delivery delivery) {
        if (delivery.batch().ended()) {
            underWay--;
        }
    }

    /** Begins no delivery while it is held. Not stored. */
    public void hold(boolean hold) {
        held = hold;
    }

    public boolean isHeld() {
        return held;
    }

    /**
     * Resumes a disabled endpoint, and after a pause that it requested, and tries at once what has failed, unless the
     * target is as before.
     */
    public void retarget(int other, Instant now) {
        if (other != target) {
            target = other;
            enable();
            partitions.values().forEach(ledger -> {
                ledger.forgetFailures(now);
                ledger.deliveries().forEach(delivery -> bringForward(delivery, now));
            });
        }
    }

    private void bringForward(Delivery delivery, Instant now) {
        if (!delivery.waiting()) {
            delivery.dueBy(now);
        } else if (delivery.due().isAfter(now)) {
            stopWaiting(delivery);
            await(delivery, now);
        }
    }

    void enable() {
        disabled = Optional.empty();
        failingSince = Instant.EPOCH;
        failingIsStored = false;
        pausedUntil = Instant.EPOCH;
        partitions.values().forEach(PartitionDeliveries::changed);
    }

    /** The reason why the endpoint gets nothing more; empty if it does. */
    public Optional<Disablement> disabled() {
        return disabled;
    }

    /** The time since which the endpoint has accepted nothing; empty if its last answer was good. */
    public Optional<Instant> failingSince() {
        return failingSince.equals(Instant.EPOCH) ? Optional.empty() : Optional.of(failingSince);
    }

    private void await(Delivery delivery, Instant due) {
        delivery.await(due);
        if (batching.enabled() && delivery.mayShare()) {
            gathering.add(delivery);
        } else {
            waiting.add(delivery);
        }
    }

    private void stopWaiting(Delivery delivery) {
        if (!gathering.remove(delivery)) {
            waiting.remove(delivery);
        }
    }

    private void drop(Delivery delivery) {
        if (delivery.underWay()) {
            ended(delivery);
        } else if (delivery.waiting()) {
            stopWaiting(delivery);
        }
        delivery.close();
        bytes -= delivery.event().body().length;
        PartitionDeliveries ledger = ledger(delivery);
        if (ledger != null) {
            ledger.remove(delivery);
        }
        Object subject = subject(delivery);
        Deque<Delivery> queue = subjects.get(subject);
        boolean first = queue.peek() == delivery;
        queue.remove(delivery);
        if (queue.isEmpty()) {
            subjects.remove(subject);
        } else if (first) {
            await(queue.element(), queue.element().due());
        }
    }

    private PartitionDeliveries ledger(Delivery delivery) {
        return partitions.get(delivery.event().partition());
    }

    /** The progress of the partitions that have changed since the last call. */
    public Map<TopicPartition, DeliveryProgress> takeChanges() {
        Map<TopicPartition, DeliveryProgress> changes = new HashMap<>();
        partitions.forEach((partition, ledger) -> {
            if (ledger.takeChanged()) {
                changes.put(partition, progress(ledger));
            }
        });
        return changes;
    }

    /** Marks progress as uncommitted after a failed commit. */
    public void commitFailed(Collection<TopicPartition> lost) {
        lost.forEach(
                partition -> Optional.ofNullable(partitions.get(partition)).ifPresent(PartitionDeliveries::changed));
    }

    public DeliveryProgress progress(TopicPartition partition) {
        return progress(partitions.get(partition));
    }

    private DeliveryProgress progress(PartitionDeliveries ledger) {
        return ledger.progress(
                target,
                pausedUntil,
                disabled.map(reason -> reason.stored(target)).orElse(0),
                failingIsStored ? failingSince : Instant.EPOCH);
    }

    public int unfinished() {
        return partitions.values().stream().mapToInt(PartitionDeliveries::size).sum();
    }

    /** Number of requests that wait for their answer, and of events that are becoming dead letters. */
    public int underWay() {
        return underWay;
    }

    /** Number of events that failed and wait for their next attempt. */
    public int retrying() {
        return (int) Stream.concat(waiting.stream(), gathering.stream())
                .filter(delivery -> delivery.attempts() > 0)
                .count();
    }

    /** Commit time of the oldest unfinished event. */
    public Optional<Instant> oldest() {
        return partitions.values().stream()
                .flatMap(ledger -> ledger.deliveries().stream())
                .map(delivery -> delivery.event().committedAt())
                .min(Comparator.naturalOrder());
    }
}
