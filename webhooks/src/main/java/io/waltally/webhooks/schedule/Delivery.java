package io.waltally.webhooks.schedule;

import io.waltally.webhooks.event.OutboxEvent;
import java.time.Instant;

/** The delivery of one event to one endpoint. */
public final class Delivery {
    private enum State {
        /** Waits behind another event of its subject. */
        QUEUED,
        /** Waits for its time. */
        WAITING,
        /** Handed out; the schedule waits for the result. */
        UNDER_WAY,
        /** Finished, or the partition is lost to another instance. */
        CLOSED
    }

    private final OutboxEvent event;
    private final long order;
    private final int maxAttempts;
    private State state = State.QUEUED;
    private int attempts;
    private Instant due;

    /** Whether none of its failures may have been caused by it. After a restart that is not known. */
    private boolean blameless;

    private DeliveryBatch batch;
    private String lastFailure = "the last attempt failed before a restart";

    /** @param order in which events arrived */
    Delivery(OutboxEvent event, long order, Attempts before, Instant now, int maxAttempts) {
        this.event = event;
        this.order = order;
        this.maxAttempts = maxAttempts;
        this.attempts = before.attempts();
        this.due = before.attempts() == 0 ? now : Retries.atMostLongestWait(before.due(), now);
        this.blameless = before.attempts() == 0;
    }

    public OutboxEvent event() {
        return event;
    }

    /** Number of failed attempts. */
    public int attempts() {
        return attempts;
    }

    /** Whether the event has no attempts left and is to become a dead letter. */
    public boolean exhausted() {
        return attempts >= maxAttempts;
    }

    /** Whether it may share a request: if it has not failed, or for long enough only by a failure of the endpoint. */
    boolean mayShare() {
        return blameless && attempts < Math.max(1, maxAttempts / 2);
    }

    public String lastFailure() {
        return lastFailure;
    }

    long order() {
        return order;
    }

    Instant due() {
        return due;
    }

    Attempts stored() {
        return attempts == 0 ? Attempts.NONE : new Attempts(attempts, due);
    }

    boolean underWay() {
        return state == State.UNDER_WAY;
    }

    boolean waiting() {
        return state == State.WAITING;
    }

    void await(Instant next) {
        due = next;
        state = State.WAITING;
    }

    /** Brings its due time forward while it is queued behind another event. */
    void dueBy(Instant latest) {
        due = due.isAfter(latest) ? latest : due;
    }

    void begin(DeliveryBatch with) {
        batch = with;
        state = State.UNDER_WAY;
    }

    /** The batch that it is under way with, or was last. */
    DeliveryBatch batch() {
        return batch;
    }

    void failed(FailedAttempt failure) {
        attempts++;
        blameless &= failure.ofEndpoint();
        lastFailure = failure.reason();
    }

    void close() {
        state = State.CLOSED;
    }
}
