package io.waltally.connectors.capture.config;

/** The treatment of a change that cannot become a record of its topic. */
public enum UnprocessableChangePolicy {
    /** Stop the source; the change stays in the WAL. */
    STOP,
    /** Send it to {@code dlq.capture}, in the Kafka transaction of its PostgreSQL transaction. */
    DEAD_LETTER
}
