package io.waltally.connectors.capture;

/** What becomes of a change that cannot become a record of its topic. */
public enum OnPoison {
    /** The source stops; the change stays in the WAL. */
    STOP,
    /** It goes to {@code dlq.capture}, with the rest of its transaction. */
    DEAD_LETTER
}
