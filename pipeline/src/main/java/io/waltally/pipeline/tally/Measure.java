package io.waltally.pipeline.tally;

/** The measures of all tallies. The order of the constants is part of the stored form: new ones go to the end. */
public enum Measure {
    /** Rows that make the subject exist: backend_quotas for a backend, user_collections for a collection. */
    ROWS,
    /** Bytes of all copies of objects. */
    STORED_BYTES,
    /** Copies of objects. */
    COPIES,
    /** Bytes of objects, each counted once. */
    LOGICAL_BYTES,
    /** Objects. */
    OBJECTS,
    /** Bytes that await physical deletion. */
    ORPHAN_BYTES,
    /** Bytes of the parts of open uploads. */
    INFLIGHT_BYTES,
    /** Byte limit of a backend. */
    LIMIT_BYTES,
    /** Unexpired records of a collection. */
    RECORDS,
    /** Payload length of those records. */
    PAYLOAD_LENGTH,
    /** Modification time of a collection in microseconds: a sum over its only row. */
    MODIFIED,
    /** Collections of a user. */
    COLLECTIONS,
    API_REQUESTS,
    EGRESS_BYTES,
    INGRESS_BYTES,
    /** Under-replicated objects whose grace period is over. */
    UNDER_REPLICATED,
    /** Over-replicated objects whose grace period is over. */
    OVER_REPLICATED,
    /** Uncertain rows: the other measures lack their last record. */
    UNCERTAIN_ROWS,
    /** Payload length of a user's unexpired records, including collections that are not published. */
    OCCUPIED_LENGTH
}
