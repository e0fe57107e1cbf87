package io.waltally.schemas.topic;

/** How severe it is that a property of a topic differs from the configuration. */
public enum DeviationSeverity {
    /** It is as wanted. */
    NONE,
    /** No guarantee depends on the difference. */
    HARMLESS,
    /** A guarantee depends on it: rows could be misrouted, or records lost or refused. */
    BREAKING
}
