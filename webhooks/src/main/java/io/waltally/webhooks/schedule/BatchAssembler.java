package io.waltally.webhooks.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Groups deliveries into requests: which may share one, and which go into the next. */
final class BatchAssembler {
    /** The time for which a smaller limit applies after the endpoint requested it (HTTP 413). */
    static final Duration SMALLER_FOR = Duration.ofHours(1);

    private static final long BRACKETS = 2;
    private static final long COMMA = 1;

    private final Batching batching;
    private final NavigableSet<Delivery> deliveries =
            new TreeSet<>(Comparator.comparing(Delivery::due).thenComparingLong(Delivery::order));
    private long mostBytes;
    private Instant smallerUntil = Instant.EPOCH;

    BatchAssembler(Batching batching) {
        this.batching = batching;
        mostBytes = batching.bytes();
    }

    /** Adds a delivery, whose due time does not change before it is removed. */
    void add(Delivery delivery) {
        deliveries.add(delivery);
    }

    /** Returns whether it was here. */
    boolean remove(Delivery delivery) {
        return deliveries.remove(delivery);
    }

    Stream<Delivery> stream() {
        return deliveries.stream();
    }

    Optional<Delivery> first() {
        return deliveries.isEmpty() ? Optional.empty() : Optional.of(deliveries.first());
    }

    List<Delivery> dueBy(Instant now) {
        return deliveries.stream()
                .takeWhile(delivery -> !delivery.due().isAfter(now))
                .toList();
    }

    /**
     * The time when the next batch begins if no others come: once it is full, or its first delivery has waited long
     * enough.
     */
    Optional<Instant> begins() {
        if (deliveries.isEmpty()) {
            return Optional.empty();
        }
        Instant waited = deliveries.first().due().plus(batching.linger());
        Body body = new Body();
        for (Delivery delivery : deliveries) {
            if (delivery.due().isAfter(waited)) {
                break;
            }
            if (!body.add(delivery) || body.events.size() == batching.size()) {
                return Optional.of(delivery.due());
            }
        }
        return Optional.of(waited);
    }

    /** Removes the deliveries of the next batch, of those that are due. */
    List<Delivery> take(Instant now) {
        if (now.isAfter(smallerUntil)) {
            mostBytes = batching.bytes();
        }
        Body body = new Body();
        for (Delivery delivery : dueBy(now)) {
            if (body.events.size() == batching.size() || !body.add(delivery)) {
                break;
            }
        }
        body.events.forEach(deliveries::remove);
        return body.events;
    }

    /**
     * The endpoint refused a body as too large: batches have at most half of it for a while.
     *
     * @return the new limit in bytes; empty if it was as low before
     */
    OptionalLong tooLarge(long bytes, Instant now) {
        smallerUntil = now.plus(SMALLER_FOR);
        if (bytes / 2 >= mostBytes) {
            return OptionalLong.empty();
        }
        mostBytes = bytes / 2;
        return OptionalLong.of(mostBytes);
    }

    /** The part of a batch that fits into one request. */
    private final class Body {
        private final List<Delivery> events = new ArrayList<>();
        private long bytes = BRACKETS - COMMA;

        /** Returns whether there is room for the event. For the first there is. */
        boolean add(Delivery delivery) {
            long with = bytes + COMMA + delivery.event().body().length;
            if (!events.isEmpty() && with > mostBytes) {
                return false;
            }
            bytes = with;
            events.add(delivery);
            return true;
        }
    }
}
