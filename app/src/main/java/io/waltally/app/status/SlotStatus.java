package io.waltally.app.status;

import java.util.Optional;

/**
 * A replication slot as the server shows it.
 *
 * @param retainedBytes WAL that the server keeps for it
 */
public record SlotStatus(
        String name,
        boolean active,
        Optional<String> restartLsn,
        Optional<String> confirmedFlushLsn,
        Optional<String> walStatus,
        Optional<Long> retainedBytes,
        Optional<Long> safeWalSize) {}
