package io.waltally.pipeline.table;

import io.waltally.pipeline.state.BinarySerde;
import io.waltally.schemas.cdc.CleanupDeadLetterRow;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A row of cleanup_dlq: bytes on a backend that s3-orchestrator gave up deleting. */
public record ExhaustedCleanup(
        String backend,
        String objectKey,
        String reason,
        long attempts,
        long bytes,
        @Nullable String lastError) {
    public static final BinarySerde<ExhaustedCleanup> SERDE = BinarySerde.ofValue(
            (cleanup, output) -> output.text(cleanup.backend)
                    .text(cleanup.objectKey)
                    .text(cleanup.reason)
                    .number(cleanup.attempts)
                    .number(cleanup.bytes)
                    .flag(cleanup.lastError != null)
                    .text(Objects.requireNonNullElse(cleanup.lastError, "")),
            input -> {
                String backend = input.text();
                String objectKey = input.text();
                String reason = input.text();
                long attempts = input.number();
                long bytes = input.number();
                boolean failed = input.flag();
                String error = input.text();
                return new ExhaustedCleanup(backend, objectKey, reason, attempts, bytes, failed ? error : null);
            });

    static ExhaustedCleanup of(CleanupDeadLetterRow row) {
        return new ExhaustedCleanup(
                row.getBackendName(),
                row.getObjectKey(),
                row.getReason(),
                row.getAttempts(),
                row.getSizeBytes(),
                row.getLastError());
    }
}
