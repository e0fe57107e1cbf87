package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * The unfinished events of a partition. The state of events from an earlier owner is kept until they are read again.
 *
 * <p>From a certain offset on, events of a deferred subject are not kept in memory. They are read again from there when
 * the subject may continue; events that were read before are skipped.
 */
final class PartitionDeliveries {
    private static final Duration READING_ONWARD = Duration.ofMillis(100);

    private final NavigableMap<Long, Delivery> deliveries = new TreeMap<>();
    private final NavigableMap<Long, Attempts> unread;

    /** By the id of the subject, the offset of its first event that is not held. */
    private final Map<Long, Long> deferred;

    /** Deferred subjects of which an event was passed over since reading went back. */
    private final Set<Long> passedOver = new HashSet<>();

    /** The offset to which reading went back, until it has reached {@link #next} again. */
    private OptionalLong rereadingFrom;

    /** Reading does not go back before it has read something new, or this time has come. */
    private Instant nextSeekAt = Instant.EPOCH;

    /** The last failure of one of the partition's events at the present target; 1970 if it is unknown. */
    private Instant lastFailure;

    private long next;
    private boolean changed;

    PartitionDeliveries(DeliveryProgress progress) {
        unread = new TreeMap<>(progress.unfinished());
        deferred = new HashMap<>(progress.deferred());
        lastFailure = progress.lastFailure();
        next = progress.next();
        rereadingFrom = progress.offset() < next ? OptionalLong.of(progress.offset()) : OptionalLong.empty();
    }

    /** Whether the event at this offset was not read before, or was unfinished when an earlier owner read it. */
    boolean isUnread(long offset) {
        return offset >= next || unread.containsKey(offset);
    }

    /** Whether the event at this offset was unfinished when an earlier owner read it. */
    boolean isUnfinishedOfEarlierOwner(long offset) {
        return unread.containsKey(offset);
    }

    /** Whether the event at this offset may be unfinished, depending on its subject. */
    boolean mayBeOpen(long offset) {
        return isUnread(offset) || deferred.values().stream().anyMatch(from -> from <= offset);
    }

    /**
     * The state of an event that was read; empty if it is finished or held already.
     *
     * @param subject empty if the event has none
     */
    Optional<Attempts> read(long offset, OptionalLong subject) {
        if (offset >= next || isDeferred(subject, offset)) {
            return Optional.of(unread.getOrDefault(offset, Attempts.NONE));
        }
        return Optional.ofNullable(unread.get(offset));
    }

    void add(Delivery delivery) {
        deliveries.put(delivery.event().offset(), delivery);
    }

    void remove(Delivery delivery) {
        deliveries.remove(delivery.event().offset());
        changed = true;
    }

    /** Whether events of the subject are deferred at this offset. */
    boolean isDeferred(OptionalLong subject, long offset) {
        Long from = subject.isPresent() ? deferred.get(subject.getAsLong()) : null;
        return from != null && from <= offset;
    }

    boolean mayDefer(long subject) {
        return deferred.containsKey(subject) || deferred.size() < DeliverySchedule.MAX_DEFERRED;
    }

    /** Holds no events of the subject from this offset on. */
    void defer(long subject, long offset) {
        Long before = deferred.get(subject);
        if (before == null || offset < before) {
            deferred.put(subject, offset);
            changed = true;
        }
        passedOver.add(subject);
    }

    /** Whether all earlier events of a deferred subject are held or finished, so that this one may be held. */
    boolean continues(long subject) {
        return rereadingFrom.isPresent()
                && !passedOver.contains(subject)
                && deferred.get(subject) >= rereadingFrom.getAsLong();
    }

    /** An event of a deferred subject is held. */
    void continued(long subject, long offset) {
        deferred.put(subject, offset + 1);
        changed = true;
    }

    /** Records that everything below the offset was read, deleted records included. */
    void readUpTo(long offset) {
        NavigableMap<Long, Attempts> passed = unread.headMap(offset, false);
        if (offset > next || !passed.isEmpty()) {
            changed = true;
        }
        passed.clear();
        if (rereadingFrom.isPresent() && offset >= next) {
            changed |= deferred.keySet().removeIf(this::continues);
            rereadingFrom = OptionalLong.empty();
        }
        if (offset > next) {
            nextSeekAt = Instant.EPOCH;
        }
        next = Math.max(next, offset);
    }

    /**
     * The offset at which reading has to continue if it is not the one after the last that was read: that of a deferred
     * subject that may go on, or the end of what was read before if all of these have been read again.
     *
     * @param mayGoOn whether a deferred subject holds no event
     */
    OptionalLong seek(LongPredicate mayGoOn, Instant now) {
        if (rereadingFrom.isEmpty()) {
            if (now.isBefore(nextSeekAt)) {
                return OptionalLong.empty();
            }
            nextSeekAt = Instant.EPOCH;
            passedOver.clear();
            rereadingFrom = deferred.entrySet().stream()
                    .filter(entry -> mayGoOn.test(entry.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .min();
            return rereadingFrom;
        }
        if (unread.isEmpty() && deferred.keySet().stream().noneMatch(this::continues)) {
            rereadingFrom = OptionalLong.empty();
            nextSeekAt = now.plus(READING_ONWARD);
            return OptionalLong.of(next);
        }
        return OptionalLong.empty();
    }

    /** The offset of the first event that is not held and has to be read again; empty if there is none. */
    OptionalLong deferredFrom() {
        return deferred.values().stream().mapToLong(Long::longValue).min();
    }

    /** The time before which reading does not go back, if that is what a deferred subject waits for. */
    Optional<Instant> nextSeekAt() {
        return nextSeekAt.equals(Instant.EPOCH) || deferred.isEmpty() ? Optional.empty() : Optional.of(nextSeekAt);
    }

    Collection<Delivery> deliveries() {
        return deliveries.values();
    }

    int size() {
        return deliveries.size();
    }

    void changed() {
        changed = true;
    }

    void failed(Instant now) {
        lastFailure = now;
        changed = true;
    }

    /** Lets what has failed be tried again at once: the failures were another target's. */
    void forgetFailures(Instant now) {
        lastFailure = Instant.EPOCH;
        unread.replaceAll((offset, attempts) -> attempts.dueBy(now));
        changed = true;
    }

    /** Whether it has changed since the last call. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    DeliveryProgress progress(int target, Instant pausedUntil, int disabled, Instant failingSince) {
        NavigableMap<Long, Attempts> unfinished = new TreeMap<>(unread);
        deliveries.forEach((offset, delivery) -> unfinished.put(offset, delivery.stored()));
        Instant last = failingSince.equals(Instant.EPOCH) ? Instant.EPOCH : lastFailure;
        return new DeliveryProgress(next, unfinished, deferred, target, pausedUntil, disabled, failingSince, last);
    }
}
