package io.waltally.connectors.capture.source;

import io.waltally.schemas.Lsn;
import java.util.Optional;

/**
 * A replication slot, as {@code pg_replication_slots} shows it.
 *
 * @param confirmed the consumer has everything up to here
 * @param walStatus {@code lost} if the server has removed WAL that the slot needed
 * @param invalidation why the server invalidated the slot; empty while it is usable, and on servers that do not report
 *     it
 */
public record SlotState(String name, boolean active, Lsn confirmed, String walStatus, Optional<String> invalidation) {
    public boolean isLost() {
        return "lost".equals(walStatus) || invalidation.isPresent();
    }
}
