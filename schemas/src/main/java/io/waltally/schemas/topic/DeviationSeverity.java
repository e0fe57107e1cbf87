package io.waltally.schemas.topic;

/** The severity of a difference between a topic's property and the configuration. */
public enum DeviationSeverity {
    /** There is no difference. */
    NONE,
    /** No guarantee depends on the difference. */
    HARMLESS,
    /** A guarantee depends on it: rows could be misrouted, or records lost or refused. */
    BREAKING
}
