package io.waltally.schemas.topic;

/** What it means that a property of a topic is not as the configuration wants it. */
public enum Deviation {
    /** It is as wanted. */
    NONE,
    /** No guarantee depends on the difference. */
    HARMLESS,
    /** A guarantee depends on it: rows could be misrouted, or records lost or refused. */
    BREAKING
}
