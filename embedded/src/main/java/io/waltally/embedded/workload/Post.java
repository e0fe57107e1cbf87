package io.waltally.embedded.workload;

/**
 * One record as a client sends it.
 *
 * @param sortindex null where not given
 * @param payload null where not given
 * @param ttl seconds; null where not given
 */
record Post(String id, Integer sortindex, String payload, Long ttl) {}
