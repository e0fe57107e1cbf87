package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;

/**
 * A replication slot as {@code pg_replication_slots} shows it.
 *
 * @param confirmed the consumer has everything up to here
 * @param walStatus {@code lost} once the server has removed WAL that the slot still needed
 */
record SlotState(String name, boolean active, Lsn confirmed, String walStatus) {}
