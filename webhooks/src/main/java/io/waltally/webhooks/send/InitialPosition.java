package io.waltally.webhooks.send;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * The position at which delivery to a new endpoint starts.
 *
 * @param time of the first event, as recorded in the outbox; empty for an end of the outbox
 * @param latest from the end of the outbox, rather than from its beginning; meaningless with a time
 */
public record InitialPosition(Optional<Instant> time, boolean latest) {
    public static final InitialPosition EARLIEST = new InitialPosition(Optional.empty(), false);
    public static final InitialPosition LATEST = new InitialPosition(Optional.empty(), true);

    private static final String EARLIEST_TEXT = "earliest";
    private static final String LATEST_TEXT = "latest";

    public static InitialPosition at(Instant time) {
        // Kafka knows no earlier time, and no event is older.
        return new InitialPosition(Optional.of(time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time), false);
    }

    /** @throws IllegalArgumentException if the text is no beginning */
    public static InitialPosition parse(String text) {
        if (text.equals(EARLIEST_TEXT)) {
            return EARLIEST;
        }
        if (text.equals(LATEST_TEXT)) {
            return LATEST;
        }
        try {
            return at(Instant.parse(text));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("must be earliest, latest, or a time such as 2026-11-22T12:00:00Z", e);
        }
    }

    /** The text that {@link #parse} reads. */
    public String text() {
        return time.map(Instant::toString).orElse(latest ? LATEST_TEXT : EARLIEST_TEXT);
    }
}
