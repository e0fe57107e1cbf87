package io.waltally.pipeline.fold;

/** What is counted. The place in this list is part of the stored form: new ones go to the end. */
public enum Measure {
    /** Rows that make their subject exist: backend_quotas for a backend, user_collections for a collection. */
    ROWS,
    /** Bytes of all copies of objects. */
    STORED_BYTES,
    /** Copies of objects. */
    COPIES,
    /** Bytes of objects, each counted once. */
    LOGICAL_BYTES,
    /** Objects, each counted once. */
    OBJECTS,
    /** Bytes that wait for their deletion. */
    ORPHAN_BYTES,
    /** Bytes of the parts of open uploads. */
    INFLIGHT_BYTES,
    /** Limit of a backend. */
    LIMIT_BYTES,
    /** Unexpired records of a collection. */
    RECORDS,
    /** Length of their payloads. */
    PAYLOAD_LENGTH,
    /** When a collection was modified, in microseconds: a sum over the one row that says so. */
    MODIFIED,
    /** Collections of a user. */
    COLLECTIONS,
    API_REQUESTS,
    EGRESS_BYTES,
    INGRESS_BYTES,
    /** Objects that have had fewer copies than they should for longer than the grace period. */
    UNDER_REPLICATED,
    /** Objects that have had more. */
    OVER_REPLICATED,
    /** Rows whose last record could not be read or folded: the other measures lack what it says. */
    POISONED_ROWS,
    /** Length of the payloads of a user's unexpired records, also of those in collections that are not shown. */
    OCCUPIED_LENGTH
}
