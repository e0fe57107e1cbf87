package io.waltally.webhooks.schedule;

import io.waltally.webhooks.event.OutboxEvent;
import java.util.List;

/**
 * Deliveries that share a request; a single one unless the endpoint takes batches. No two of them have the same
 * subject.
 */
public final class DeliveryBatch {
    private final List<Delivery> deliveries;
    private int underWay;

    /** @param deliveries at least one */
    DeliveryBatch(List<Delivery> deliveries) {
        this.deliveries = List.copyOf(deliveries);
        underWay = deliveries.size();
        this.deliveries.forEach(delivery -> delivery.begin(this));
    }

    public List<Delivery> deliveries() {
        return deliveries;
    }

    public List<OutboxEvent> events() {
        return deliveries.stream().map(Delivery::event).toList();
    }

    /** Whether this is an event without attempts left, which is to become a dead letter. */
    public boolean exhausted() {
        return deliveries.get(0).exhausted();
    }

    /** The deliveries that have not ended, and are not lost to another instance. */
    List<Delivery> underWay() {
        return deliveries.stream()
                .filter(delivery -> delivery.underWay() && delivery.batch() == this)
                .toList();
    }

    /** Records that one of the deliveries is not under way any more; returns whether it was the last of them. */
    boolean ended() {
        underWay--;
        return underWay == 0;
    }
}
