package io.waltally.workload.sync;

/**
 * A record as a client sends it.
 *
 * @param sortindex null if not given
 * @param payload null if not given
 * @param ttl seconds; null if not given
 */
record BsoPut(String id, Integer sortindex, String payload, Long ttl) {}
