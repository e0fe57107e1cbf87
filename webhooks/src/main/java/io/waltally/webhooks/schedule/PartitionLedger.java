package io.waltally.webhooks.schedule;

import java.time.Instant;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The unfinished events of a partition. The state of events from an earlier owner is kept until they are read again.
 */
final class PartitionLedger {
    private final NavigableMap<Long, Delivery> deliveries = new TreeMap<>();
    private final NavigableMap<Long, Attempts> unread;
    private final long known;
    private long next;
    private boolean changed;

    PartitionLedger(Progress progress) {
        unread = new TreeMap<>(progress.unfinished());
        known = progress.next();
        next = progress.next();
    }

    /** The state of an event that was read; empty if it is finished. */
    Optional<Attempts> read(long offset) {
        return offset >= known ? Optional.of(Attempts.NONE) : Optional.ofNullable(unread.get(offset));
    }

    void add(Delivery delivery) {
        deliveries.put(delivery.event().offset(), delivery);
    }

    void remove(Delivery delivery) {
        deliveries.remove(delivery.event().offset());
        changed = true;
    }

    /** Records that everything below the offset was read, deleted records included. */
    void readUpTo(long offset) {
        NavigableMap<Long, Attempts> passed = unread.headMap(offset, false);
        if (offset > next || !passed.isEmpty()) {
            changed = true;
        }
        passed.clear();
        next = Math.max(next, offset);
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

    /** Whether it has changed since the last call. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    Progress progress(Instant pausedUntil, int gone) {
        NavigableMap<Long, Attempts> unfinished = new TreeMap<>(unread);
        deliveries.forEach((offset, delivery) -> unfinished.put(offset, delivery.stored()));
        return new Progress(next, unfinished, pausedUntil, gone);
    }
}
