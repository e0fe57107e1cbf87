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
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;

/**
 * The events of one endpoint that are not finished. Those of one subject follow each other: the next is due once the one
 * before is finished. Subjects do not wait for each other. For one thread.
 *
 * <p>An event is finished when it was delivered, or was set aside after its last attempt. Of each partition at most {@link
 * #WINDOW} are unfinished, if whoever admits events asks {@link #hasRoom} before.
 */
public final class DeliverySchedule {
    /** Unfinished events of one partition. Bounded so that all there is to know of them fits beside a committed offset. */
    public static final int WINDOW = 256;

    /** What one reading may bring at most, after there was room. */
    public static final int MOST_AT_ONCE = 64;

    /** Of all unfinished events, but for what one reading may bring. */
    static final long WINDOW_BYTES = 16L << 20;

    private static final Duration BEFORE_SETTING_ASIDE_AGAIN = Duration.ofSeconds(5);

    private final Retries retries;
    private final int concurrency;
    private final int target;
    private final RandomGenerator random;

    private final Map<TopicPartition, PartitionLedger> partitions = new HashMap<>();
    private final Map<Object, Deque<Delivery>> subjects = new HashMap<>();
    private final PriorityQueue<Delivery> waiting =
            new PriorityQueue<>(Comparator.comparing(Delivery::due).thenComparingLong(Delivery::order));
    private long admitted;
    private long bytes;
    private int underWay;
    private Instant pausedUntil = Instant.EPOCH;
    private boolean gone;

    /**
     * @param concurrency how many events may be under way at once
     * @param target tells the endpoint's address from others, so that another one is tried although this one was gone
     */
    public DeliverySchedule(Retries retries, int concurrency, int target, RandomGenerator random) {
        this.retries = retries;
        this.concurrency = concurrency;
        this.target = target;
        this.random = random;
    }

    /** A partition is this instance's from now on. Its events are offered from {@link Progress#offset} on. */
    public void assign(TopicPartition partition, Progress progress) {
        partitions.put(partition, new PartitionLedger(progress));
        if (progress.pausedUntil().isAfter(pausedUntil)) {
            pausedUntil = progress.pausedUntil();
        }
        gone |= progress.gone() != 0 && progress.gone() == target;
    }

    /** A partition is this instance's no more. Outcomes of its events that are under way are of no interest then. */
    public void revoke(TopicPartition partition) {
        PartitionLedger ledger = partitions.remove(partition);
        if (ledger != null) {
            List.copyOf(ledger.deliveries()).forEach(this::drop);
        }
    }

    /** Whether the partition is this instance's. */
    public boolean has(TopicPartition partition) {
        return partitions.containsKey(partition);
    }

    public boolean hasRoom(TopicPartition partition) {
        return partitions.get(partition).size() <= WINDOW - MOST_AT_ONCE && bytes < WINDOW_BYTES;
    }

    /** Takes an event on, unless it is known to be finished. Events of a partition come in order. */
    public void admit(OutboxEvent event, Instant now) {
        PartitionLedger ledger = partitions.get(event.partition());
        ledger.read(event.offset()).ifPresent(before -> {
            Delivery delivery = new Delivery(event, admitted++, before, now, retries.maxAttempts());
            ledger.add(delivery);
            bytes += event.body().length;
            Deque<Delivery> queue = subjects.computeIfAbsent(subject(delivery), subject -> new ArrayDeque<>());
            queue.add(delivery);
            if (queue.size() == 1) {
                await(delivery, delivery.due());
            }
        });
    }

    /** Whether an event has not been finished before. */
    public boolean isOpen(TopicPartition partition, long offset) {
        return partitions.get(partition).read(offset).isPresent();
    }

    /** Everything of a partition below the offset has been admitted, or is of no concern to the endpoint. */
    public void readUpTo(TopicPartition partition, long offset) {
        partitions.get(partition).readUpTo(offset);
    }

    /** An event without a subject waits for no other. */
    private static Object subject(Delivery delivery) {
        return delivery.event().subject().<Object>map(subject -> subject).orElse(delivery);
    }

    /** What is to be done now: sent, or set aside if it is {@link Delivery#exhausted}. It is under way then. */
    public List<Delivery> due(Instant now) {
        List<Delivery> due = new ArrayList<>();
        while (!gone
                && underWay < concurrency
                && !waiting.isEmpty()
                && !waiting.peek().due().isAfter(now)) {
            Delivery delivery = waiting.remove();
            if (now.isBefore(pausedUntil) && !delivery.exhausted()) {
                await(delivery, pausedUntil);
            } else {
                delivery.begin();
                underWay++;
                due.add(delivery);
            }
        }
        return due;
    }

    /** When something is due unless something else happens before; empty if nothing is then. */
    public Optional<Instant> nextDue() {
        return gone || underWay >= concurrency
                ? Optional.empty()
                : Optional.ofNullable(waiting.peek()).map(Delivery::due);
    }

    /** The event was delivered, or set aside. */
    public void finished(Delivery delivery) {
        if (delivery.underWay()) {
            drop(delivery);
        }
    }

    public void failed(Delivery delivery, Failure failure, Instant now) {
        if (!delivery.underWay()) {
            return;
        }
        underWay--;
        delivery.failed(failure.reason());
        Duration asked = failure.retryAfter().orElse(Duration.ZERO);
        Duration honoured = asked.compareTo(Retries.LONGEST_WAIT) > 0 ? Retries.LONGEST_WAIT : asked;
        if (failure.overloaded() && now.plus(honoured).isAfter(pausedUntil)) {
            pausedUntil = now.plus(honoured);
            partitions.values().forEach(PartitionLedger::changed);
        }
        if (delivery.exhausted()) {
            await(delivery, now);
        } else {
            Duration backoff = retries.delay(delivery.attempts(), random);
            await(delivery, now.plus(backoff.compareTo(honoured) > 0 ? backoff : honoured));
        }
        ledger(delivery).changed();
    }

    /** The endpoint wants no more requests; the attempt does not count. */
    public void gone(Delivery delivery, Instant now) {
        postpone(delivery, now);
        gone = true;
        partitions.values().forEach(PartitionLedger::changed);
    }

    /** A dead event could not be set aside. */
    public void notSetAside(Delivery delivery, Instant now) {
        postpone(delivery, now.plus(BEFORE_SETTING_ASIDE_AGAIN));
    }

    private void postpone(Delivery delivery, Instant until) {
        if (delivery.underWay()) {
            underWay--;
            await(delivery, until);
        }
    }

    /** Requests are wanted again. */
    public void enable() {
        gone = false;
        pausedUntil = Instant.EPOCH;
        partitions.values().forEach(PartitionLedger::changed);
    }

    public boolean isGone() {
        return gone;
    }

    private void await(Delivery delivery, Instant due) {
        delivery.await(due);
        waiting.add(delivery);
    }

    private void drop(Delivery delivery) {
        if (delivery.underWay()) {
            underWay--;
        } else if (delivery.waiting()) {
            waiting.remove(delivery);
        }
        delivery.close();
        bytes -= delivery.event().body().length;
        PartitionLedger ledger = ledger(delivery);
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

    private PartitionLedger ledger(Delivery delivery) {
        return partitions.get(delivery.event().partition());
    }

    /** Of the partitions where it has changed since this was last called. */
    public Map<TopicPartition, Progress> takeChanges() {
        Map<TopicPartition, Progress> changes = new HashMap<>();
        partitions.forEach((partition, ledger) -> {
            if (ledger.takeChanged()) {
                changes.put(partition, progress(ledger));
            }
        });
        return changes;
    }

    /** Has to be taken again: it could not be kept. */
    public void notKept(Collection<TopicPartition> lost) {
        lost.forEach(partition -> Optional.ofNullable(partitions.get(partition)).ifPresent(PartitionLedger::changed));
    }

    public Progress progress(TopicPartition partition) {
        return progress(partitions.get(partition));
    }

    private Progress progress(PartitionLedger ledger) {
        return ledger.progress(pausedUntil, gone ? target : 0);
    }

    public int unfinished() {
        return partitions.values().stream().mapToInt(PartitionLedger::size).sum();
    }

    public int underWay() {
        return underWay;
    }

    /** Events that failed and wait for their next attempt. */
    public int retrying() {
        return (int)
                waiting.stream().filter(delivery -> delivery.attempts() > 0).count();
    }

    /** When the oldest unfinished event was committed. */
    public Optional<Instant> oldest() {
        return partitions.values().stream()
                .flatMap(ledger -> ledger.deliveries().stream())
                .map(delivery -> delivery.event().committedAt())
                .min(Comparator.naturalOrder());
    }
}
