package io.waltally.connectors.capture;

import io.waltally.schemas.Lsn;
import java.util.Optional;

/**
 * A replication slot as {@code pg_replication_slots} shows it.
 *
 * @param confirmed the consumer has everything up to here
 * @param walStatus {@code lost} once the server has removed WAL that the slot still needed
 * @param invalidation why the server gave the slot up; empty while it is usable, and on servers that do not say
 */
record SlotState(String name, boolean active, Lsn confirmed, String walStatus, Optional<String> invalidation) {
    boolean isLost() {
        return "lost".equals(walStatus) || invalidation.isPresent();
    }
}
