package io.waltally.webhooks.schedule;

import io.waltally.webhooks.event.OutboxEvent;
import java.time.Instant;

/** One event on its way to one endpoint. */
public final class Delivery {
    private enum State {
        /** Behind another event of its subject. */
        QUEUED,
        /** For its time to come. */
        WAITING,
        /** Handed out; its outcome is to be told. */
        UNDER_WAY,
        /** Finished, or the business of another instance now. */
        CLOSED
    }

    private final OutboxEvent event;
    private final long order;
    private final int maxAttempts;
    private State state = State.QUEUED;
    private int attempts;
    private Instant due;
    private String lastFailure = "the last attempt failed before a restart";

    /** @param order in which events came */
    Delivery(OutboxEvent event, long order, Tries before, Instant now, int maxAttempts) {
        this.event = event;
        this.order = order;
        this.maxAttempts = maxAttempts;
        this.attempts = before.attempts();
        this.due = before.attempts() == 0 ? now : before.due();
    }

    public OutboxEvent event() {
        return event;
    }

    /** That failed so far. */
    public int attempts() {
        return attempts;
    }

    /** Whether the event is to be set aside as dead instead of being sent. */
    public boolean exhausted() {
        return attempts >= maxAttempts;
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

    Tries tries() {
        return attempts == 0 ? Tries.NONE : new Tries(attempts, due);
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

    void begin() {
        state = State.UNDER_WAY;
    }

    void failed(String reason) {
        attempts++;
        lastFailure = reason;
    }

    void close() {
        state = State.CLOSED;
    }
}
