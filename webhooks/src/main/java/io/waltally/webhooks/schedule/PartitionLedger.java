package io.waltally.webhooks.schedule;

import java.time.Instant;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Which events of a partition are unfinished. What was known of them before is kept until they have been read again. */
final class PartitionLedger {
    private final NavigableMap<Long, Delivery> deliveries = new TreeMap<>();
    private final NavigableMap<Long, Tries> unread;
    private final long known;
    private long next;
    private boolean changed;

    PartitionLedger(Progress progress) {
        unread = new TreeMap<>(progress.unfinished());
        known = progress.next();
        next = progress.next();
    }

    /** What is known of an event that has been read; empty if it is finished already. */
    Optional<Tries> read(long offset) {
        return offset >= known ? Optional.of(Tries.NONE) : Optional.ofNullable(unread.get(offset));
    }

    void add(Delivery delivery) {
        deliveries.put(delivery.event().offset(), delivery);
    }

    void remove(Delivery delivery) {
        deliveries.remove(delivery.event().offset());
        changed = true;
    }

    /** Everything below the offset has been read, what is not there any more included. */
    void readUpTo(long offset) {
        NavigableMap<Long, Tries> passed = unread.headMap(offset, false);
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

    /** Whether something has since it was last asked. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    Progress progress(Instant pausedUntil, int gone) {
        NavigableMap<Long, Tries> unfinished = new TreeMap<>(unread);
        deliveries.forEach((offset, delivery) -> unfinished.put(offset, delivery.tries()));
        return new Progress(next, unfinished, pausedUntil, gone);
    }
}
